#pragma once

#include <algorithm>

#include "harmonium/chains.hpp"

namespace harmonium {

inline void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

inline void fill(View<float> out, float value) {
  for (Index i = 0; i < out.rows; ++i) std::fill_n(out.row(i).data, out.columns, value);
}

/// Some chains: rows first, first + 1, ...
struct Rows {
  Index first = 0, count = 0;
};

/// Adds to `out` (rows.count x some units of the layer, from `first` on) the input from other layers or, `within`, from
/// the layer itself, times the inverse temperature. `any` says whether `out` holds something, before and afterwards.
/// Where `sources` has a flag a layer, only from those.
void add_input(const Network& network, Index layer, const Chains& chains, Rows rows, bool within, Index first,
               View<float> out, bool& any, Span<const std::uint8_t> sources = {});

/// update_layer() for a layer whose units are joined to each other.
void sweep_layer(const Network& network, Index layer, Chains& chains, const Stream& stream, Draw draw,
                 View<const std::uint8_t> held);

}  // namespace harmonium
