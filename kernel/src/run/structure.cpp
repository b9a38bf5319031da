#include "run/structure.hpp"

#include <fmt/format.h>

#include <boost/archive/archive_exception.hpp>
#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/split_free.hpp>
#include <boost/serialization/tracking.hpp>
#include <boost/serialization/version.hpp>
#include <sstream>
#include <streambuf>

#include "harmonium/errors.hpp"

namespace harmonium::run {
namespace {

constexpr int deepest_group = 64;
constexpr std::uint64_t most_extents = 16;

/// Bytes in memory as a stream that knows how many are left.
class Bytes final : public std::streambuf {
 public:
  explicit Bytes(std::string_view bytes) {
    char* first = const_cast<char*>(bytes.data());  // A stream buffer has one kind of pointer; nothing writes.
    setg(first, first, first + bytes.size());
  }
  std::uint64_t left() const { return static_cast<std::uint64_t>(egptr() - gptr()); }
};

/// What is archived: a structure, and when reading the bytes that it comes from.
struct Archived {
  Structure structure;
  const Bytes* source = nullptr;
};

template <class Archive>
void write(Archive& archive, const std::string& text) {
  const std::uint64_t size = text.size();
  archive << size;
  archive.save_binary(text.data(), text.size());
}

template <class Archive>
void write(Archive& archive, const Item& item) {
  write(archive, item.name);
  const auto kind = static_cast<std::uint8_t>(item.kind);
  archive << kind;
  switch (item.kind) {
    case Item::Kind::integer:
      archive << item.integer;
      break;
    case Item::Kind::real:
      archive << item.real;
      break;
    case Item::Kind::tensor: {
      const auto element = static_cast<std::uint8_t>(item.element);
      const std::uint64_t extents = item.shape.size();
      archive << element << extents;
      for (const Index& extent : item.shape) archive << extent;
      archive << item.file << item.offset << item.bytes << item.checksum;
      break;
    }
    case Item::Kind::group: {
      const std::uint64_t count = item.items.size();
      archive << count;
      for (const Item& child : item.items) write(archive, child);
    }
  }
}

/// Reads a number of things of at least `least` bytes each, and checks that so many can follow.
template <class Archive>
std::uint64_t read_count(Archive& archive, const Bytes& source, std::uint64_t least) {
  std::uint64_t count = 0;
  archive >> count;
  if (count > source.left() / least) throw BadData(fmt::format("it speaks of {} items, more than it can hold", count));
  return count;
}

template <class Archive>
void read(Archive& archive, const Bytes& source, std::string& text) {
  text.resize(read_count(archive, source, 1));
  archive.load_binary(text.data(), text.size());
}

template <class Archive>
void read(Archive& archive, const Bytes& source, Item& item, int depth) {
  if (depth > deepest_group) throw BadData(fmt::format("its groups are nested deeper than {}", deepest_group));
  read(archive, source, item.name);
  std::uint8_t kind = 0;
  archive >> kind;
  if (kind > static_cast<std::uint8_t>(Item::Kind::tensor)) throw BadData("it has an item of an unknown kind");
  item.kind = static_cast<Item::Kind>(kind);
  switch (item.kind) {
    case Item::Kind::integer:
      archive >> item.integer;
      break;
    case Item::Kind::real:
      archive >> item.real;
      break;
    case Item::Kind::tensor: {
      std::uint8_t element = 0;
      archive >> element;
      if (element > static_cast<std::uint8_t>(Element::uint64)) throw BadData("it has a tensor of an unknown element");
      item.element = static_cast<Element>(element);
      const std::uint64_t extents = read_count(archive, source, sizeof(Index));
      if (extents > most_extents) throw BadData("it has a tensor of too many extents");
      item.shape.resize(extents);
      for (Index& extent : item.shape) archive >> extent;
      const std::optional<Index> size = bytes_of(bytes_of(item.element), item.shape);
      if (!size) throw BadData("it has an impossible shape");
      archive >> item.file >> item.offset >> item.bytes >> item.checksum;
      if (item.bytes != static_cast<std::uint64_t>(*size))
        throw BadData("the length of a tensor is not that of its shape");
      break;
    }
    case Item::Kind::group: {
      // A name's length, a kind and at least eight bytes of content each.
      const std::uint64_t count = read_count(archive, source, sizeof(std::uint64_t) + 1 + sizeof(std::uint64_t));
      // One by one: groups within groups that each claim all that is left would ask for a multiple of it.
      for (std::uint64_t i = 0; i < count; ++i) read(archive, source, item.items.emplace_back(), depth + 1);
    }
  }
}

template <class Archive>
void save(Archive& archive, const Archived& archived, unsigned) {
  const Structure& structure = archived.structure;
  write(archive, structure.key);
  const std::uint64_t properties = structure.properties.size();
  archive << properties;
  for (const auto& [name, value] : structure.properties) {
    write(archive, name);
    write(archive, value);
  }
  const std::uint64_t files = structure.files.size();
  archive << files;
  for (const std::uint64_t& bytes : structure.files) archive << bytes;
  write(archive, structure.root);
}

template <class Archive>
void load(Archive& archive, Archived& archived, unsigned version) {
  // Boost.Serialization hands newer versions over without a word.
  if (version != structure_version)
    throw BadData(fmt::format("its structure has version {}, this program reads {}", version, structure_version));
  const Bytes& source = *archived.source;
  Structure& structure = archived.structure;
  read(archive, source, structure.key);
  structure.properties.resize(read_count(archive, source, 2 * sizeof(std::uint64_t)));
  for (auto& [name, value] : structure.properties) {
    read(archive, source, name);
    read(archive, source, value);
  }
  structure.files.resize(read_count(archive, source, sizeof(std::uint64_t)));
  for (std::uint64_t& bytes : structure.files) archive >> bytes;
  read(archive, source, structure.root, 0);
  if (source.left() != 0) throw BadData("more follows than belongs to it");
}

}  // namespace
}  // namespace harmonium::run

BOOST_SERIALIZATION_SPLIT_FREE(harmonium::run::Archived)
BOOST_CLASS_VERSION(harmonium::run::Archived, harmonium::run::structure_version)
BOOST_CLASS_TRACKING(harmonium::run::Archived, boost::serialization::track_never)

namespace harmonium::run {

std::string Structure::property(const std::string& name) const {
  for (const auto& [key_, value] : properties)
    if (key_ == name) return value;
  return "";
}

std::string encode(const Structure& structure) {
  std::ostringstream text(std::ios::binary);
  {
    boost::archive::binary_oarchive archive(text);
    const Archived archived{structure, nullptr};
    archive << archived;
  }
  std::string bytes = std::move(text).str();
  if (bytes.size() > structure_limit)
    throw RunFailed(fmt::format("a state of so many parts cannot be stored: its list takes {} MiB, {} are allowed",
                                bytes.size() >> 20, structure_limit >> 20));
  return bytes;
}

Structure decode(std::string_view bytes) {
  // Boost trusts the length of the signature and asserts what follows it, so the beginning is compared first: all of it
  // but the archive's and the structure's version.
  constexpr std::size_t library_version = sizeof(std::uint64_t) + sizeof("serialization::archive") - 1;
  constexpr std::size_t machine = library_version + sizeof(std::uint16_t);
  static const std::string ours = encode({});
  static const std::size_t structure_version_at = ours.find(std::string_view("\x01\0\0\0", 4), machine + 8);
  if (bytes.size() < structure_version_at ||
      bytes.substr(0, library_version) != std::string_view(ours).substr(0, library_version) ||
      bytes.substr(machine, structure_version_at - machine) !=
          std::string_view(ours).substr(machine, structure_version_at - machine))
    throw BadData("it holds no archive of this kind of machine");
  Bytes source(bytes);
  try {
    boost::archive::binary_iarchive archive(source);
    Archived archived{{}, &source};
    archive >> archived;
    return std::move(archived.structure);
  } catch (const boost::archive::archive_exception& error) {
    throw BadData(fmt::format("its archive cannot be read: {}", error.what()));
  }
}

}  // namespace harmonium::run
