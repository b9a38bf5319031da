#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harmonium/export.hpp"

namespace harmonium::run {

/// XXH3 of some bytes: 64 bits, and 128 bits as 32 hexadecimal digits.
HARMONIUM_API std::uint64_t hash64(const void* data, std::size_t bytes);
inline std::uint64_t hash64(std::string_view text) { return hash64(text.data(), text.size()); }
HARMONIUM_API std::string hash128(std::string_view text);

/// XXH3 of bytes that come in pieces.
class RunningHash {
 public:
  RunningHash();
  ~RunningHash();
  RunningHash(const RunningHash&) = delete;
  RunningHash& operator=(const RunningHash&) = delete;
  void add(const void* data, std::size_t bytes);
  std::uint64_t digest64() const;
  std::string digest128() const;

 private:
  void* state_;
};

}  // namespace harmonium::run
