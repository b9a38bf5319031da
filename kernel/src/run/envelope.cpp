#include <fmt/format.h>

#include <cstring>

#include "harmonium/errors.hpp"
#include "run/hash.hpp"
#include "run/structure.hpp"

namespace harmonium::run {
namespace {

/// The first 40 bytes of a file `entry`, in the machine's byte order, which the archive tells apart as well.
struct Header {
  char magic[8] = {'H', 'r', 'm', 'S', 't', 'a', 't', 'e'};
  std::uint32_t format = 1;
  std::uint32_t reserved = 0;
  std::uint64_t length = 0;           ///< of the archive that follows
  std::uint64_t checksum = 0;         ///< XXH3 of the archive
  std::uint64_t header_checksum = 0;  ///< XXH3 of the fields above
};
static_assert(sizeof(Header) == 40);

std::uint64_t checksum_of(const Header& header) { return hash64(&header, offsetof(Header, header_checksum)); }

}  // namespace

std::string seal(std::string_view archive) {
  Header header;
  header.length = archive.size();
  header.checksum = hash64(archive);
  header.header_checksum = checksum_of(header);
  std::string sealed(sizeof header, '\0');
  std::memcpy(sealed.data(), &header, sizeof header);
  return sealed.append(archive);
}

std::string_view unseal(std::string_view sealed) {
  Header header;
  const Header expected;
  if (sealed.size() < sizeof header) throw BadData("it is cut short");
  std::memcpy(&header, sealed.data(), sizeof header);
  if (std::memcmp(header.magic, expected.magic, sizeof header.magic) != 0) throw BadData("it is no stored state");
  if (header.header_checksum != checksum_of(header)) throw BadData("its header has changed since it was written");
  if (header.format != expected.format || header.reserved != 0)
    throw BadData(fmt::format("it has format {}, this program reads {}", header.format, expected.format));
  if (header.length > structure_limit)
    throw BadData(fmt::format("it speaks of {} bytes, more than the {} allowed", header.length, structure_limit));
  const std::string_view archive = sealed.substr(sizeof header);
  if (archive.size() < header.length) throw BadData("it is cut short");
  if (archive.size() > header.length) throw BadData("more follows than belongs to it");
  if (hash64(archive) != header.checksum) throw BadData("its content has changed since it was written");
  return archive;
}

}  // namespace harmonium::run
