#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace harmonium {

/// Sizes and positions. Signed, so that differences and downward loops are safe.
using Index = std::int64_t;

/// Text that somebody else owns. Crosses the plugin boundary, where the layout of a standard string may not.
struct Text {
  const char* data = "";
  Index size = 0;

  Text() = default;
  Text(const char* text) : Text(std::string_view(text)) {}
  Text(const std::string& text) : Text(std::string_view(text)) {}
  Text(std::string_view text) : data(text.data()), size(static_cast<Index>(text.size())) {}
  std::string_view view() const { return {data, static_cast<std::size_t>(size)}; }
  std::string str() const { return std::string(view()); }
  operator std::string_view() const { return view(); }
};

/// A run of values that somebody else owns.
template <class T>
struct Span {
  T* data = nullptr;
  Index size = 0;

  Span() = default;
  Span(T* first, Index count) : data(first), size(count) {}
  template <class U>
  requires std::is_same_v<const U, T> || std::is_same_v<U, T> Span(const Span<U>& other)
      : data(other.data), size(other.size) {}
  Span(std::vector<std::remove_const_t<T>>& values) : data(values.data()), size(static_cast<Index>(values.size())) {}
  Span(const std::vector<std::remove_const_t<T>>& values) requires std::is_const_v<T>
      : data(values.data()), size(static_cast<Index>(values.size())) {}
  T* begin() const { return data; }
  T* end() const { return data + size; }
  T& operator[](Index i) const { return data[i]; }
  bool empty() const { return size == 0; }
  Span part(Index first, Index count) const { return {data + first, count}; }
};

/// A matrix that somebody else owns: `rows` x `columns` values, row by row, `stride` values from one row to the next.
/// Rows are samples, everywhere.
template <class T>
struct View {
  T* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index stride = 0;

  View() = default;
  View(T* first, Index rows_, Index columns_) : View(first, rows_, columns_, columns_) {}
  View(T* first, Index rows_, Index columns_, Index stride_)
      : data(first), rows(rows_), columns(columns_), stride(stride_) {}
  template <class U>
  requires(std::is_same_v<const U, T> && !std::is_same_v<U, T>) View(const View<U>& other)
      : View(other.data, other.rows, other.columns, other.stride) {}

  T& operator()(Index row, Index column) const { return data[row * stride + column]; }
  Span<T> row(Index i) const { return {data + i * stride, columns}; }
  View row_range(Index first, Index count) const { return {data + first * stride, count, columns, stride}; }
  View column_range(Index first, Index count) const { return {data + first, rows, count, stride}; }
  Index size() const { return rows * columns; }
  bool empty() const { return rows == 0 || columns == 0; }
  bool contiguous() const { return stride == columns; }
};

}  // namespace harmonium
