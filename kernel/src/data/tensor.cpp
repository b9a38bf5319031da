#include "harmonium/tensor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

constexpr Index alignment = 64;
/// From here on memory comes from the system page by page: zero without our writing it, and given back when freed.
constexpr Index pages_from = Index{1} << 20;

Index bytes_for(Element element, const Tensor::Shape& shape) {
  const std::optional<Index> bytes = bytes_of(bytes_of(element), shape);
  if (bytes) return *bytes;
  throw RunFailed(
      fmt::format("{} values of {} are more than memory can hold", fmt::join(shape, " x "), name_of(element)));
}

std::shared_ptr<void> allocate_zeroed(Index bytes) {
  if (bytes == 0) return nullptr;
  const auto size = static_cast<std::size_t>((bytes + alignment - 1) / alignment * alignment);
  if (bytes >= pages_from) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return {memory, [size](void* pages) { munmap(pages, size); }};
  }
  void* memory = std::aligned_alloc(static_cast<std::size_t>(alignment), size);
  if (!memory) throw std::bad_alloc();
  std::memset(memory, 0, size);
  return {memory, std::free};
}

}  // namespace

std::optional<Index> bytes_of(Index bytes_of_value, const std::vector<Index>& shape) {
  Index bytes = shape.empty() ? 0 : bytes_of_value;
  bool some = true;
  for (const Index extent : shape) {
    // An extent of zero must not hide an overflow of the others.
    if (extent < 0 || __builtin_mul_overflow(bytes, std::max<Index>(extent, 1), &bytes)) return std::nullopt;
    some = some && extent > 0;
  }
  if (bytes > std::numeric_limits<Index>::max() - alignment) return std::nullopt;
  return some ? bytes : 0;
}

Index bytes_of(Element element) {
  switch (element) {
    case Element::uint8:
      return 1;
    case Element::float32:
    case Element::int32:
      return 4;
    case Element::float64:
    case Element::int64:
    case Element::uint64:
      return 8;
  }
  throw std::logic_error("an element that is none");
}

const char* name_of(Element element) {
  switch (element) {
    case Element::float32:
      return "float32";
    case Element::float64:
      return "float64";
    case Element::uint8:
      return "uint8";
    case Element::int32:
      return "int32";
    case Element::int64:
      return "int64";
    case Element::uint64:
      return "uint64";
  }
  throw std::logic_error("an element that is none");
}

Tensor::Tensor(Element element, Shape shape)
    : element_(element),
      shape_(std::move(shape)),
      owner_(allocate_zeroed(bytes_for(element, shape_))),
      data_(owner_.get()) {}

Tensor Tensor::over(std::shared_ptr<void> owner, void* data, Element element, Shape shape) {
  bytes_for(element, shape);
  Tensor tensor;
  tensor.element_ = element;
  tensor.shape_ = std::move(shape);
  tensor.owner_ = std::move(owner);
  tensor.data_ = data;
  return tensor;
}

Tensor::Tensor(const Tensor& other) : Tensor(other.element_, other.shape_) {
  if (!empty()) std::memcpy(data_, other.data_, static_cast<std::size_t>(bytes()));
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

Index Tensor::columns() const {
  if (shape_.empty()) return 0;
  Index product = 1;
  for (std::size_t i = 1; i < shape_.size(); ++i) product *= shape_[i];
  return product;
}

Index Tensor::size() const { return rows() * columns(); }

void Tensor::demand(Element element) const {
  if (element != element_)
    throw std::logic_error(fmt::format("a tensor of {} values was asked for {}", name_of(element_), name_of(element)));
}

}  // namespace harmonium
