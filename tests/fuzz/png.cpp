// An image, cut into patches. Checksums of chunks are put right first: a file that was changed would be refused for
// them alone.
#include <zlib.h>

#include <vector>

#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

namespace {

constexpr std::size_t signature = 8, length_and_type = 8, checksum = 4;

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

void put_checksums_right(std::vector<std::uint8_t>& file) {
  for (std::size_t at = signature; at + length_and_type + checksum <= file.size();) {
    const std::size_t length = big_endian(&file[at]);
    if (length > file.size() - at - length_and_type - checksum) return;
    const uLong sum = crc32(0, &file[at + 4], static_cast<uInt>(4 + length));
    at += length_and_type + length;
    for (int shift = 24; shift >= 0; shift -= 8) file[at++] = static_cast<std::uint8_t>(sum >> shift);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::vector<std::uint8_t> right(bytes, bytes + size);
  put_checksums_right(right);
  const fuzz::MemoryFile file(right.data(), right.size());
  fuzz::run_alone("reader.patches", {{"paths", testing::list({file.path()})},
                                     {"size", testing::list({std::int64_t{3}, std::int64_t{2}})}});
  return 0;
}
