#include "network/sweep.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "harmonium/parallel.hpp"
#include "numerics/instruction_sets.hpp"

namespace harmonium {
namespace {

/// Units are swept in panels of about so many: what is outside a panel reaches it by one product, within it every new
/// state is passed on: at once to the units drawn next, to the rest of the panel when about so many have been drawn.
constexpr Index panel_units = 64, near_units = 8;
/// Of a panel, chains lie along the columns, whose number is padded to a multiple of this.
constexpr Index column_group = 16;

/// Chains are shared out in an even number of blocks that depends on shapes alone, or stay together where starting the
/// team would take longer than the sweep; Philox wants multiples of 4.
struct ChainBlocks {
  ChainBlocks(Index rows, Index units)
      : size(is_small(rows, units) ? rows : std::max<Index>(4, (rows + pairs(rows) - 1) / pairs(rows) / 4 * 4 + 4)),
        count(rows == 0 ? 0 : (rows + size - 1) / size) {}
  static Index pairs(Index rows) { return 2 * ((rows + 127) / 128); }
  /// A draw takes about as long as passing a state on to 100 other units.
  static bool is_small(Index rows, Index units) { return rows * units * (units + 100) < 500000; }
  Index size, count;
};

using Four = float __attribute__((vector_size(16)));

/// Four rows of four.
void transpose_tile(const float* from, Index from_stride, float* to, Index to_stride) {
  Four a, b, c, d;
  std::memcpy(&a, from, sizeof a);
  std::memcpy(&b, from + from_stride, sizeof b);
  std::memcpy(&c, from + 2 * from_stride, sizeof c);
  std::memcpy(&d, from + 3 * from_stride, sizeof d);
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7),
             cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  const Four columns[] = {
      __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5), __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
      __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5), __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
  for (Index j = 0; j < 4; ++j) std::memcpy(to + j * to_stride, &columns[j], sizeof(Four));
}

/// Of as many rows and columns as both have room for: one of them may be padded.
void transpose(View<const float> from, View<float> to) {
  const Index rows = std::min(from.rows, to.columns), columns = std::min(from.columns, to.rows);
  for (Index i = 0; i < rows; i += 4)
    for (Index j = 0; j < columns; j += 4) {
      if (i + 4 <= rows && j + 4 <= columns) {
        transpose_tile(&from(i, j), from.stride, &to(j, i), to.stride);
        continue;
      }
      for (Index m = i; m < std::min(rows, i + 4); ++m)
        for (Index n = j; n < std::min(columns, j + 4); ++n) to(n, m) = from(m, n);
    }
}

/// The panel at work for one block of chains; chains lie along the columns.
struct Panel {
  View<float> input, mean, state, couplings;
};

View<float> take(float*& memory, Index rows, Index columns) {
  const View<float> view(memory, rows, columns);
  memory += rows * columns;
  return view;
}

/// Passes what units `first`, `first` + 1, ... have changed, a row each, on to the units `from` to `to`.
void pass_on(const Panel& panel, Index first, View<const float> changed, Index from, Index to) {
  if (from == to) return;
  kernels().add_outer(panel.couplings.row(first).data + from, panel.couplings.stride, changed.data, changed.stride,
                      changed.rows, panel.input.row(from).data, panel.input.stride, to - from, panel.input.columns);
}

void sweep_block(const Network& network, Index layer, Chains& chains, const Stream& stream,
                 View<const std::uint8_t> held, Rows rows) {
  const Layer& swept = network.layer(layer);
  const Units& units = *swept.units;
  const Chains::Layer& at = chains[layer];
  const Index block = units.block(swept.size);
  const auto whole_blocks = [&](Index most) { return std::min(swept.size, std::max<Index>(1, most / block) * block); };
  const Index width = whole_blocks(panel_units), near = whole_blocks(near_units);
  const Index columns = (rows.count + column_group - 1) / column_group * column_group;
  // Several units must lie side by side in memory to be drawn together, padding and all.
  const Index drawn = block == 1 ? rows.count : columns;
  const auto beta = static_cast<float>(chains.inverse_temperature());

  thread_local std::vector<float> memory;
  const Index needed = (3 * width + near) * columns + 2 * width * width;
  if (static_cast<Index>(memory.size()) < needed) memory.resize(static_cast<std::size_t>(needed));

  const View<float> state = at.state.row_range(rows.first, rows.count);
  const View<float> mean = at.mean.row_range(rows.first, rows.count);
  const View<float> input = at.input.row_range(rows.first, rows.count);
  bool others = false;
  add_input(network, layer, chains, rows, false, 0, input, others);
  for (Index first = 0; first < swept.size; first += width) {
    const Index size = std::min(width, swept.size - first);
    float* free = memory.data();
    Panel panel;
    panel.input = take(free, size, columns);
    panel.mean = take(free, size, columns);
    panel.state = take(free, size, columns);
    panel.couplings = take(free, size, size);
    const View<float> changed = take(free, near, columns);
    const View<float> more = take(free, size, size);
    fill(changed, 0);
    bool any = others;
    const View<float> in_rows = input.column_range(first, size);
    add_input(network, layer, chains, rows, true, first, in_rows, any);
    transpose(in_rows, panel.input);
    transpose(state.column_range(first, size), panel.state);
    bool copied = false;
    for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
      const Link& link = network.link(i);
      if (link.a != layer || link.b != layer) continue;
      link.connection->couplings(network.ends(i), link.weights.view(), first, copied ? more : panel.couplings);
      for (Index k = 0; copied && k < panel.couplings.size(); ++k) panel.couplings.data[k] += more.data[k];
      copied = true;
    }
    for (Index near_first = 0; near_first < size; near_first += near) {
      const Index near_end = std::min(size, near_first + near);
      for (Index u = near_first; u < near_end; u += block) {
        const View<float> now = panel.state.row_range(u, block), change = changed.row_range(u - near_first, block);
        copy(now.column_range(0, rows.count), change.column_range(0, rows.count));
        const Stream draws{stream.key, stream.step, static_cast<std::uint64_t>(first + u),
                           stream.first_row + static_cast<std::uint64_t>(rows.first)};
        units.sample_block(at.theta.column_range(first + u, block),
                           panel.input.row_range(u, block).column_range(0, drawn), draws,
                           panel.mean.row_range(u, block).column_range(0, drawn), now.column_range(0, drawn));
        for (Index k = 0; k < block; ++k) {
          if (!held.empty())
            for (Index r = 0; r < rows.count; ++r)
              if (held(rows.first + r, first + u + k) != 0) now(k, r) = panel.mean(u + k, r) = change(k, r);
          for (Index r = 0; r < rows.count; ++r) change(k, r) = beta * (now(k, r) - change(k, r));
        }
        pass_on(panel, u, change, u + block, near_end);
      }
      pass_on(panel, near_first, changed.row_range(0, near_end - near_first), near_end, size);
    }
    transpose(panel.state, state.column_range(first, size));
    if (input.data != mean.data) transpose(panel.input, in_rows);
    transpose(panel.mean, mean.column_range(first, size));
  }
}

/// By means, for mean fields: one block of units after the other, plainly.
void mean_sweep(const Network& network, Index layer, Chains& chains, Draw draw, View<const std::uint8_t> held) {
  const Layer& swept = network.layer(layer);
  const Chains::Layer& at = chains[layer];
  const Index block = swept.units->block(swept.size);
  const Rows all{0, chains.rows()};
  for (Index first = 0; first < swept.size; first += block) {
    const View<float> input = at.input.column_range(first, block), mean = at.mean.column_range(first, block);
    const View<float> state = at.state.column_range(first, block);
    bool any = false;
    for (const bool within : {false, true}) add_input(network, layer, chains, all, within, first, input, any);
    if (!any) fill(input, 0);
    swept.units->mean(at.theta.column_range(first, block), input, mean);
    for (Index i = 0; i < held.rows; ++i)
      for (Index j = 0; j < block; ++j)
        if (held(i, first + j) != 0) mean(i, j) = state(i, j);
    if (draw == Draw::mean) copy(mean, state);
  }
}

}  // namespace

void add_input(const Network& network, Index layer, const Chains& chains, Rows rows, bool within, Index first,
               View<float> out, bool& any, Span<const std::uint8_t> sources) {
  const auto beta = static_cast<float>(chains.inverse_temperature());
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    if ((link.a == link.b) != within || (link.a != layer && link.b != layer)) continue;
    if (!sources.empty() && sources[link.b == layer ? link.a : link.b] == 0) continue;
    const View<const float> weights = link.weights.view();
    const float scale = beta * chains.factor(i, link.b == layer);
    if (link.b == layer)
      link.connection->to_b(network.ends(i), weights, chains[link.a].state.row_range(rows.first, rows.count), first,
                            out, scale, any);
    else
      link.connection->to_a(network.ends(i), weights, chains[link.b].state.row_range(rows.first, rows.count), first,
                            out, scale, any);
    any = true;
  }
}

void sweep_layer(const Network& network, Index layer, Chains& chains, const Stream& stream, Draw draw,
                 View<const std::uint8_t> held) {
  if (draw != Draw::sample) {
    mean_sweep(network, layer, chains, draw, held);
    return;
  }
  const ChainBlocks blocks(chains.rows(), network.layer(layer).size);
  parallel(blocks.count, [&](Index number) {
    const Index first = number * blocks.size;
    sweep_block(network, layer, chains, stream, held, {first, std::min(blocks.size, chains.rows() - first)});
  });
}

}  // namespace harmonium
