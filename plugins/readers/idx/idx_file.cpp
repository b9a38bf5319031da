#include "idx_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

constexpr int most_dimensions = 8;
constexpr Index bytes_at_once = Index{1} << 20;

const char* name_of(IdxHeader::Type type) {
  switch (type) {
    case IdxHeader::Type::uint8:
      return "uint8";
    case IdxHeader::Type::int8:
      return "int8";
    case IdxHeader::Type::int16:
      return "int16";
    case IdxHeader::Type::int32:
      return "int32";
    case IdxHeader::Type::float32:
      return "float32";
    case IdxHeader::Type::float64:
      return "float64";
  }
  return nullptr;
}

std::string claim(const IdxHeader& header) {
  return fmt::format("the header claims {} values of type {}", fmt::join(header.shape, " x "), name_of(header.type));
}

/// The number whose highest byte comes first.
template <class Bits>
Bits big_endian(const std::uint8_t* bytes) {
  Bits value = 0;
  for (std::size_t i = 0; i < sizeof(Bits); ++i) value = static_cast<Bits>(value << 8 | bytes[i]);
  return value;
}

float value_at(const std::uint8_t* bytes, IdxHeader::Type type) {
  switch (type) {
    case IdxHeader::Type::uint8:
      return static_cast<float>(*bytes);
    case IdxHeader::Type::int8:
      return static_cast<float>(std::bit_cast<std::int8_t>(*bytes));
    case IdxHeader::Type::int16:
      return static_cast<float>(std::bit_cast<std::int16_t>(big_endian<std::uint16_t>(bytes)));
    case IdxHeader::Type::int32:
      return static_cast<float>(std::bit_cast<std::int32_t>(big_endian<std::uint32_t>(bytes)));
    case IdxHeader::Type::float32:
      return std::bit_cast<float>(big_endian<std::uint32_t>(bytes));
    case IdxHeader::Type::float64:
      return static_cast<float>(std::bit_cast<double>(big_endian<std::uint64_t>(bytes)));
  }
  return 0;
}

void convert(const std::vector<std::uint8_t>& bytes, Index first_row, const IdxHeader& header, const std::string& path,
             View<float> out) {
  const Index step = header.value_bytes();
  const std::uint8_t* next = bytes.data();
  for (Index i = 0; i < out.rows; ++i)
    for (Index j = 0; j < out.columns; ++j, next += step) {
      const float value = value_at(next, header.type);
      if (!std::isfinite(value))
        throw BadData(fmt::format("{}: value {} of row {} is not a finite number in single precision", path, j + 1,
                                  first_row + i + 1));
      out(i, j) = value;
    }
}

}  // namespace

Index IdxHeader::value_bytes() const {
  switch (type) {
    case Type::uint8:
    case Type::int8:
      return 1;
    case Type::int16:
      return 2;
    case Type::int32:
    case Type::float32:
      return 4;
    case Type::float64:
      return 8;
  }
  return 0;
}

Index IdxHeader::width() const {
  Index product = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) product *= shape[i];
  return product;
}

IdxHeader read_idx_header(InputFile& file) {
  const std::string& path = file.path();
  std::array<std::uint8_t, 4> start{};
  const Index got = file.read(start.data(), 4);
  IdxHeader header;
  header.type = static_cast<IdxHeader::Type>(start[2]);
  if (got < 4 || start[0] != 0 || start[1] != 0 || !name_of(header.type) || start[3] < 1 || start[3] > most_dimensions)
    throw BadData(fmt::format("{} is not an IDX file", path));

  for (int i = 0; i < start[3]; ++i) {
    std::array<std::uint8_t, 4> extent{};
    if (file.read(extent.data(), 4) < 4) throw BadData(fmt::format("{} ends within its header", path));
    header.shape.push_back(big_endian<std::uint32_t>(extent.data()));
  }
  Index expected = 0;
  const std::optional<Index> bytes = bytes_of(header.value_bytes(), header.shape);
  if (!bytes || __builtin_add_overflow(header.offset(), *bytes, &expected))
    throw BadData(fmt::format("{}: {}, more than any file can hold", path, claim(header)));
  if (std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end())
    throw BadData(fmt::format("{} holds no values: {}", path, claim(header)));

  if (!file.compressed() && file.bytes() != expected)
    throw BadData(
        fmt::format("{}: {}, {} bytes in all, but the file has {} bytes", path, claim(header), expected, file.bytes()));
  // Asked before anything of that size is allocated.
  if (file.compressed() && expected > file.most_bytes())
    throw BadData(fmt::format("{}: {}, {} bytes in all, but {} compressed bytes cannot hold more than {}", path,
                              claim(header), expected, file.bytes(), file.most_bytes()));
  return header;
}

void read_idx_values(InputFile& file, const IdxHeader& header, Tensor& to, void (*tell)(void* closure, Index rows),
                     void* closure) {
  const Index row_bytes = header.width() * header.value_bytes();
  const Index block = std::max<Index>(bytes_at_once / row_bytes, 1);
  const bool as_it_is = to.element() == Element::uint8;
  std::vector<std::uint8_t> bytes;
  for (Index first = 0; first < header.rows(); first += block) {
    const Index rows = std::min(block, header.rows() - first);
    bytes.resize(as_it_is ? 0 : static_cast<std::size_t>(rows * row_bytes));
    void* into = as_it_is ? to.data<std::uint8_t>() + first * row_bytes : bytes.data();
    const Index got = file.read(into, rows * row_bytes);
    if (got < rows * row_bytes)
      throw BadData(fmt::format("{}: {}, {} bytes in all, but there are {} bytes", file.path(), claim(header),
                                header.offset() + header.bytes(), header.offset() + first * row_bytes + got));
    if (!as_it_is) convert(bytes, first, header, file.path(), to.view().row_range(first, rows));
    tell(closure, first + rows);
  }
  std::uint8_t beyond = 0;
  if (file.read(&beyond, 1) != 0)
    throw BadData(fmt::format("{}: {}, {} bytes in all, but the file goes on after them", file.path(), claim(header),
                              header.offset() + header.bytes()));
}

}  // namespace harmonium
