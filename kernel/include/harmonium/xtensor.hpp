#pragma once

#include <array>
#include <xtensor/xadapt.hpp>
#include <xtensor/xstrided_view.hpp>

#include "harmonium/tensor.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// A view as an xtensor expression that reads and writes the same memory.
template <class T>
auto as_xtensor(View<T> view) {
  const auto length = static_cast<std::size_t>(view.rows ? (view.rows - 1) * view.stride + view.columns : 0);
  return xt::adapt(
      view.data, length, xt::no_ownership(),
      std::array<std::size_t, 2>{static_cast<std::size_t>(view.rows), static_cast<std::size_t>(view.columns)},
      std::array<std::ptrdiff_t, 2>{view.stride, 1});
}

template <class T>
auto as_xtensor(Span<T> span) {
  return xt::adapt(span.data, static_cast<std::size_t>(span.size), xt::no_ownership(),
                   std::array<std::size_t, 1>{static_cast<std::size_t>(span.size)});
}

}  // namespace harmonium
