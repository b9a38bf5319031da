#include "harmonium/stored_rows.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

/// Rows come in random order: the start of this many rows ahead is fetched while one is converted.
constexpr Index rows_ahead = 4;
constexpr Index cache_line = 64;

/// Gaps up to this are fetched with the rows around them.
constexpr Index bytes_passed_over = Index{1} << 16;

/// Advice: where it is not taken, pages come when they are touched.
void will_need(const char* first, Index bytes) {
  static const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const std::uintptr_t from = reinterpret_cast<std::uintptr_t>(first) / page * page;
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(first) + static_cast<std::uintptr_t>(bytes);
  madvise(reinterpret_cast<void*>(from), end - from, MADV_WILLNEED);
}

template <class T>
void gather(const T* values, Span<const Index> rows, View<float> out) {
  const Index width = out.columns;
  const Index row_bytes = width * static_cast<Index>(sizeof(T));
  for (Index i = 0; i < rows.size; ++i) {
    if (i + rows_ahead < rows.size) {
      const char* ahead = reinterpret_cast<const char*>(values + rows[i + rows_ahead] * width);
      for (Index byte = 0; byte < row_bytes; byte += cache_line) __builtin_prefetch(ahead + byte);
    }
    const T* __restrict from = values + rows[i] * width;
    float* __restrict to = out.row(i).data;
    for (Index j = 0; j < width; ++j) to[j] = static_cast<float>(from[j]);
  }
}

template <class T>
void expand(const T* classes, const PartSpec& part, Span<const Index> rows, View<float> out) {
  for (Index i = 0; i < rows.size; ++i) {
    const T number = classes[rows[i]];
    if (std::cmp_equal(number, missing_class)) {
      const Span<float> row = out.row(i);
      std::fill(row.begin(), row.end(), std::numeric_limits<float>::quiet_NaN());
      continue;
    }
    if (std::cmp_less(number, 0) || std::cmp_greater_equal(number, part.width))
      throw BadData(
          fmt::format("row {} of '{}' is of class {}, but there are {}", rows[i], part.name, number, part.width));
    const Span<float> row = out.row(i);
    std::fill(row.begin(), row.end(), 0.0F);
    row[static_cast<Index>(number)] = 1.0F;
  }
}

/// Calls body(first value), typed by the element.
template <class Body>
void typed(const Tensor& tensor, Body&& body) {
  switch (tensor.element()) {
    case Element::float32:
      return body(tensor.data<float>());
    case Element::float64:
      return body(tensor.data<double>());
    case Element::uint8:
      return body(tensor.data<std::uint8_t>());
    case Element::int32:
      return body(tensor.data<std::int32_t>());
    case Element::int64:
      return body(tensor.data<std::int64_t>());
    case Element::uint64:
      return body(tensor.data<std::uint64_t>());
  }
}

class StoredRows final : public RowSource {
 public:
  StoredRows(DataSpec spec, std::vector<std::shared_ptr<const Tensor>> parts)
      : spec_(std::move(spec)), parts_(std::move(parts)) {
    if (parts_.size() != spec_.parts.size()) throw std::logic_error("stored rows need one tensor for each part");
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const PartSpec& part = spec_.parts[i];
      const bool category = part.kind == PartSpec::Kind::category;
      const bool whole = parts_[i]->element() != Element::float32 && parts_[i]->element() != Element::float64;
      if (parts_[i]->rows() != spec_.rows || parts_[i]->columns() != (category ? 1 : part.width) ||
          (category && !whole))
        throw std::logic_error(fmt::format("the tensor of part '{}' does not fit its spec", part.name));
    }
  }

  void read(Index number, Span<const Index> rows, std::uint64_t /*pass*/, View<float> out) const override {
    const PartSpec& part = spec_.parts[static_cast<std::size_t>(number)];
    typed(*parts_[static_cast<std::size_t>(number)], [&](const auto* values) {
      using Value = std::remove_cvref_t<decltype(*values)>;
      if constexpr (std::is_integral_v<Value>)
        if (part.kind == PartSpec::Kind::category) return expand(values, part, rows, out);
      gather(values, rows, out);
    });
  }

  void fetch_ahead(Index number, Span<const Index> rows) const override {
    const Tensor& values = *parts_[static_cast<std::size_t>(number)];
    const Index row_bytes = values.bytes() / std::max<Index>(values.rows(), 1);
    for (Index i = 0; i < rows.size;) {
      const Index first = rows[i] * row_bytes;
      Index end = first + row_bytes;
      for (++i; i < rows.size && rows[i] * row_bytes >= first && rows[i] * row_bytes <= end + bytes_passed_over; ++i)
        end = (rows[i] + 1) * row_bytes;
      will_need(static_cast<const char*>(values.raw()) + first, end - first);
    }
  }

 private:
  DataSpec spec_;
  std::vector<std::shared_ptr<const Tensor>> parts_;
};

}  // namespace

Dataset stored_rows(DataSpec spec, std::vector<std::shared_ptr<const Tensor>> parts) {
  auto source = std::make_shared<const StoredRows>(spec, std::move(parts));
  return Dataset(std::move(spec), std::move(source));
}

}  // namespace harmonium
