#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace harmonium::testing {

/// An IDX file: its header, then `values` as they stand.
inline std::string idx_content(int type, const std::vector<std::uint32_t>& extents, const std::string& values) {
  std::string file{'\0', '\0', static_cast<char>(type), static_cast<char>(extents.size())};
  for (const std::uint32_t extent : extents)
    for (const int shift : {24, 16, 8, 0}) file += static_cast<char>(extent >> shift & 0xff);
  return file + values;
}

constexpr int idx_uint8 = 0x08, idx_int16 = 0x0b, idx_float32 = 0x0d;

}  // namespace harmonium::testing
