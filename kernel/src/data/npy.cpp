#include "harmonium/npy.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <string_view>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t most_dimensions = 32;

[[noreturn]] void refuse(Text name, const std::string& message) {
  throw BadData(fmt::format("{}: {}", name.view(), message));
}

/// Reads the dictionary of Python literals that a header is: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}.
class Dictionary {
 public:
  Dictionary(std::string_view text, Text name) : text_(text), name_(name) {}

  void read(NpyHeader& header) {
    bool type = false, order = false, shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !type) {
        if (next() == '[') refuse(name_, "records of several fields cannot be read; save one plain array");
        header.type = quoted();
        type = true;
      } else if (key == "fortran_order" && !order) {
        if (boolean())
          refuse(name_, "the array lies column by column (fortran_order); save numpy.ascontiguousarray(array)");
        order = true;
      } else if (key == "shape" && !shape) {
        header.shape = tuple();
        shape = true;
      } else {
        faulty();
      }
      if (!accept(',') && next() != '}') faulty();
    }
    if (next() != '\0' || !type || !order || !shape) faulty();
  }

 private:
  [[noreturn]] void faulty() const { refuse(name_, "the header is not that of a NumPy array"); }

  /// The next character that is no space; '\0' at the end.
  char next() {
    const std::size_t found = text_.find_first_not_of(" \t\n\r");
    text_.remove_prefix(found == std::string_view::npos ? text_.size() : found);
    return text_.empty() ? '\0' : text_.front();
  }
  bool accept(char wanted) {
    if (next() != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) faulty();
  }
  std::string_view quoted() {
    const char quote = next();
    if (quote != '\'' && quote != '"') faulty();
    const std::size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) faulty();
    const std::string_view content = text_.substr(1, end - 1);
    text_.remove_prefix(end + 1);
    return content;
  }
  bool boolean() {
    next();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(word.size());
      return value;
    }
    faulty();
  }
  Tensor::Shape tuple() {
    Tensor::Shape shape;
    expect('(');
    while (!accept(')')) {
      if (next() < '0' || next() > '9' || shape.size() == most_dimensions) faulty();
      Index extent = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), extent);
      if (error != std::errc()) faulty();
      text_.remove_prefix(static_cast<std::size_t>(end - text_.data()));
      // Python 2 wrote long numbers with an L.
      accept('L');
      shape.push_back(extent);
      if (!accept(',') && next() != ')') faulty();
    }
    return shape;
  }

  std::string_view text_;
  Text name_;
};

void check_type(NpyHeader& header, Text name) {
  const std::string& type = header.type;
  if (type.size() < 2 || !std::strchr("<>|=", type[0]))
    refuse(name, fmt::format("values of type '{}' cannot be read", type));
  const auto [end, error] = std::from_chars(type.data() + 2, type.data() + type.size(), header.value_bytes);
  const bool sized = error == std::errc() && end == type.data() + type.size();
  const bool plain = (type[1] == 'f' && (header.value_bytes == 4 || header.value_bytes == 8)) ||
                     (std::strchr("iu", type[1]) && (header.value_bytes == 1 || header.value_bytes == 2 ||
                                                     header.value_bytes == 4 || header.value_bytes == 8)) ||
                     (type[1] == 'b' && header.value_bytes == 1);
  if (!sized || !plain)
    refuse(name, fmt::format("values of type '{}' cannot be read; save array.astype('float32')", type));
  if (type[0] == '>' && header.value_bytes > 1)
    refuse(name, fmt::format("the values ('{}') have their highest byte first; save array.astype('<{}')", type,
                             type.substr(1)));
}

const char* type_of(Element element) {
  switch (element) {
    case Element::float32:
      return "<f4";
    case Element::float64:
      return "<f8";
    case Element::uint8:
      return "|u1";
    case Element::int32:
      return "<i4";
    case Element::int64:
      return "<i8";
    case Element::uint64:
      return "<u8";
  }
  throw std::logic_error("an element that is none");
}

}  // namespace

NpyHeader read_npy_header(Span<const std::uint8_t> bytes, Text name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data), static_cast<std::size_t>(bytes.size));
  if (!text.starts_with(magic)) {
    refuse(name, text.starts_with("\x1f\x8b") ? "the file is compressed; decompress it with gunzip"
                                              : "this is not a NumPy array file (.npy)");
  }
  if (text.size() < 8) refuse(name, "the file ends within its header");
  const int version = bytes[6];
  if (version < 1 || version > 3)
    refuse(name, fmt::format("the file has format version {}.{}; 1.0 to 3.0 can be read", version, int{bytes[7]}));
  const std::size_t begin = version == 1 ? 10 : 12;
  if (text.size() < begin) refuse(name, "the file ends within its header");
  std::size_t length = 0;
  for (std::size_t i = begin; i > 8; --i) length = length << 8 | bytes[static_cast<Index>(i - 1)];
  if (begin + length > static_cast<std::size_t>(npy_header_limit))
    refuse(name, fmt::format("a header of {} bytes is not that of a NumPy array", length));
  if (begin + length > text.size()) refuse(name, "the file ends within its header");

  NpyHeader header;
  header.offset = static_cast<Index>(begin + length);
  Dictionary(text.substr(begin, length), name).read(header);
  check_type(header, name);
  const std::optional<Index> values = bytes_of(header.value_bytes, header.shape);
  if (Index end = 0; !values || __builtin_add_overflow(*values, header.offset, &end))
    refuse(name, "the header claims more values than any file can hold");
  header.size = std::accumulate(header.shape.begin(), header.shape.end(), Index{1}, std::multiplies<>());
  return header;
}

std::string write_npy_header(Element element, const Tensor::Shape& shape) {
  std::string extents;
  for (const Index extent : shape) extents += fmt::format("{}, ", extent);
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type_of(element), extents);
  const std::size_t begin = 10;
  dictionary.resize((begin + dictionary.size() + 1 + 63) / 64 * 64 - begin, ' ');
  dictionary.back() = '\n';
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(dictionary.size() & 0xff), static_cast<char>(dictionary.size() >> 8)};
  return header + dictionary;
}

}  // namespace harmonium
