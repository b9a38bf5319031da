#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace harmonium::fuzz {

/// Bytes as a file that lies in memory, for what opens files by their name.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* bytes, std::size_t size) : number_(memfd_create("input", MFD_CLOEXEC)) {
    if (number_ < 0 || ::write(number_, bytes, size) != static_cast<ssize_t>(size)) std::abort();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { ::close(number_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(number_); }

 private:
  int number_;
};

}  // namespace harmonium::fuzz
