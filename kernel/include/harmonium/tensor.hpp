#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

enum class Element : std::uint8_t { float32, float64, uint8, int32, int64, uint64 };

HARMONIUM_API Index bytes_of(Element element);
HARMONIUM_API const char* name_of(Element element);
/// Bytes of values of `bytes_of_value` each in that shape, 0 without any extent. Nothing where an extent is negative or
/// the extents multiply to more than memory can hold, even where another one is zero.
HARMONIUM_API std::optional<Index> bytes_of(Index bytes_of_value, const std::vector<Index>& shape);

template <class T>
constexpr Element element_of();
template <>
constexpr Element element_of<float>() {
  return Element::float32;
}
template <>
constexpr Element element_of<double>() {
  return Element::float64;
}
template <>
constexpr Element element_of<std::uint8_t>() {
  return Element::uint8;
}
template <>
constexpr Element element_of<std::int32_t>() {
  return Element::int32;
}
template <>
constexpr Element element_of<std::int64_t>() {
  return Element::int64;
}
template <>
constexpr Element element_of<std::uint64_t>() {
  return Element::uint64;
}

/// Memory that the kernel allocates: contiguous, row by row, 64-byte aligned, zero when made. A tensor owns its
/// values: a copy is a copy. A tensor may also lie in a file mapped from the store, which copying turns into memory.
class HARMONIUM_API Tensor {
 public:
  using Shape = std::vector<Index>;

  Tensor() = default;
  /// Throws std::bad_alloc; RunFailed when the shape has a negative extent or its size overflows.
  Tensor(Element element, Shape shape);
  /// A tensor over memory kept alive by `owner`, `data` being the first value.
  static Tensor over(std::shared_ptr<void> owner, void* data, Element element, Shape shape);

  template <class T>
  static Tensor of(std::initializer_list<Index> shape) {
    return Tensor(element_of<T>(), Shape(shape));
  }
  static Tensor matrix(Index rows, Index columns) { return of<float>({rows, columns}); }

  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;
  ~Tensor() = default;

  Element element() const { return element_; }
  const Shape& shape() const { return shape_; }
  Index rows() const { return shape_.empty() ? 0 : shape_[0]; }
  /// Values in one row: the product of all extents but the first.
  Index columns() const;
  Index size() const;
  Index bytes() const { return size() * bytes_of(element_); }
  bool empty() const { return size() == 0; }
  void* raw() { return data_; }
  const void* raw() const { return data_; }

  /// The values, typed. Throws std::logic_error when T is not the element.
  template <class T>
  T* data() {
    demand(element_of<T>());
    return static_cast<T*>(data_);
  }
  template <class T>
  const T* data() const {
    demand(element_of<T>());
    return static_cast<const T*>(data_);
  }
  template <class T = float>
  View<T> view() {
    return {data<T>(), rows(), columns()};
  }
  template <class T = float>
  View<const T> view() const {
    return {data<T>(), rows(), columns()};
  }
  template <class T>
  Span<T> values() {
    return {data<T>(), size()};
  }
  template <class T>
  Span<const T> values() const {
    return {data<T>(), size()};
  }

 private:
  void demand(Element element) const;

  Element element_ = Element::float32;
  Shape shape_;
  std::shared_ptr<void> owner_;
  void* data_ = nullptr;
};

}  // namespace harmonium
