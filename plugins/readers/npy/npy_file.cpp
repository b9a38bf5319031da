#include "npy_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/input_file.hpp"

namespace harmonium {

namespace {

std::optional<Element> element_of_type(const NpyHeader& header) {
  const std::string type = header.type.substr(1);
  if (type == "f4") return Element::float32;
  if (type == "f8") return Element::float64;
  if (type == "u1" || type == "b1") return Element::uint8;
  if (type == "i4") return Element::int32;
  if (type == "i8") return Element::int64;
  if (type == "u8") return Element::uint64;
  return std::nullopt;
}

template <class T>
void convert(const Tensor& bytes, Tensor& to) {
  const std::uint8_t* from = bytes.data<std::uint8_t>();
  float* out = to.data<float>();
  for (Index i = 0; i < to.size(); ++i) {
    T value;
    std::memcpy(&value, from + i * static_cast<Index>(sizeof(T)), sizeof(T));
    out[i] = static_cast<float>(value);
  }
}

template <class T>
void check_finite_values(View<const T> values, const std::string& path, bool missing) {
  constexpr T most = static_cast<T>(std::numeric_limits<float>::max());
  const auto is_good = [missing](T value) { return std::abs(value) <= most || (missing && value != value); };
  for (Index i = 0; i < values.rows; ++i) {
    const Span<const T> row = values.row(i);
    // Written so that nan fails as well; counted, so that the loop has no exit and runs over vectors.
    Index good = 0;
    for (Index j = 0; j < row.size; ++j) good += std::abs(row[j]) <= most;
    if (good == row.size) continue;
    const T* bad = std::find_if_not(row.begin(), row.end(), is_good);
    if (bad == row.end()) continue;
    throw BadData(fmt::format("{}: row {}, column {}: '{}' is not a finite number{}", path, i + 1,
                              bad - row.begin() + 1, *bad,
                              std::isfinite(*bad) ? " in single precision"
                              : std::isnan(*bad)  ? "; 'missing: true' takes it for an unknown value"
                                                  : ""));
  }
}

}  // namespace

NpyHeader open_npy(const std::string& path) {
  // Not decompressed: the message for a compressed file is the header's.
  const Index size = InputFile(path).bytes();
  const Tensor start = map_file(path, 0, Element::uint8, {std::min(size, npy_header_limit)});
  const NpyHeader header = read_npy_header(start.values<std::uint8_t>(), path);
  const Index expected = header.offset + header.size * header.value_bytes;
  if (size != expected)
    throw BadData(fmt::format("{}: the header claims {} values of type {}, {} bytes in all, but the file has {} bytes",
                              path, fmt::join(header.shape, " x "), header.type, expected, size));
  if (header.shape.empty() || header.size == 0) throw BadData(fmt::format("{} holds no rows", path));
  return header;
}

bool mappable(const NpyHeader& header) {
  return element_of_type(header).has_value() && header.offset % header.value_bytes == 0;
}

Tensor map_npy(const std::string& path, const NpyHeader& header, Index rows) {
  return map_file(path, header.offset, element_of_type(header).value(), {rows, header.size / rows});
}

void convert_npy(const std::string& path, const NpyHeader& header, Tensor& to) {
  const Tensor bytes = map_file(path, header.offset, Element::uint8, {header.size * header.value_bytes});
  const std::string type = header.type.substr(1);
  if (type == "f4") convert<float>(bytes, to);
  if (type == "f8") convert<double>(bytes, to);
  if (type == "i1") convert<std::int8_t>(bytes, to);
  if (type == "i2") convert<std::int16_t>(bytes, to);
  if (type == "i4") convert<std::int32_t>(bytes, to);
  if (type == "i8") convert<std::int64_t>(bytes, to);
  if (type == "u1" || type == "b1") convert<std::uint8_t>(bytes, to);
  if (type == "u2") convert<std::uint16_t>(bytes, to);
  if (type == "u4") convert<std::uint32_t>(bytes, to);
  if (type == "u8") convert<std::uint64_t>(bytes, to);
}

void check_finite(const Tensor& values, const std::string& path, bool missing) {
  if (values.element() == Element::float32) check_finite_values(values.view<float>(), path, missing);
  if (values.element() == Element::float64) check_finite_values(values.view<double>(), path, missing);
}

}  // namespace harmonium
