#include "enumeration.hpp"

#include <fmt/format.h>

#include <bit>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"

namespace harmonium {
namespace {

/// The two states of a layer's units.
std::pair<double, double> states_of(const Layer& layer) {
  if (layer.units.type() == "units.bernoulli") return {0, 1};
  if (layer.units.type() == "units.spin") return {-1, 1};
  throw RunFailed(fmt::format("layer '{}': only machines of binary units and spins are enumerated, not {}", layer.name,
                              layer.units.type()));
}

}  // namespace

TwoStateMachine::TwoStateMachine(const Network& network) {
  std::vector<std::pair<Index, Index>> place;
  for (Index l = 0; l < network.size(); ++l) {
    const auto [off, on] = states_of(network.layer(l));
    for (Index j = 0; j < network.layer(l).size; ++j) {
      place.emplace_back(l, j);
      low.push_back(off);
      high.push_back(on);
      names.push_back(fmt::format("{} {}", network.layer(l).name, j + 1));
    }
  }
  const auto n = static_cast<Index>(place.size());
  if (n > most_units)
    throw RunFailed(fmt::format("{} units have 2^{} states; up to {} units are enumerated", n, n, most_units));
  // Energies with no unit on, each one, and each pair.
  const Index rows = 1 + n + n * (n - 1) / 2;
  std::vector<Tensor> states;
  std::vector<View<const double>> views;
  for (const Layer& layer : network.layers()) {
    states.push_back(Tensor::of<double>({rows, layer.size}));
    for (double& value : states.back().values<double>()) value = states_of(layer).first;
  }
  const auto set = [&](Index row, Index unit) {
    const auto [layer, j] = place[static_cast<std::size_t>(unit)];
    states[static_cast<std::size_t>(layer)].view<double>()(row, j) = high[static_cast<std::size_t>(unit)];
  };
  Index row = 1;
  for (Index i = 0; i < n; ++i) set(row++, i);
  for (Index i = 0; i < n; ++i)
    for (Index j = i + 1; j < n; ++j, ++row) {
      set(row, i);
      set(row, j);
    }
  for (Tensor& state : states) views.push_back(state.view<double>());
  std::vector<double> energies(static_cast<std::size_t>(rows));
  energy(network, views, energies);
  constant = energies[0];
  for (Index i = 0; i < n; ++i) bias.push_back(constant - energies[static_cast<std::size_t>(1 + i)]);
  coupling.assign(static_cast<std::size_t>(n * n), 0.0);
  row = 1 + n;
  for (Index i = 0; i < n; ++i)
    for (Index j = i + 1; j < n; ++j, ++row)
      coupling[static_cast<std::size_t>(i * n + j)] = coupling[static_cast<std::size_t>(j * n + i)] =
          constant - bias[static_cast<std::size_t>(i)] - bias[static_cast<std::size_t>(j)] -
          energies[static_cast<std::size_t>(row)];
}

Index TwoStateMachine::blocks() const { return std::min(most_blocks, Index{1} << units()); }

void TwoStateMachine::enumerate(const std::function<void(Index, double, std::uint32_t, Index)>& visit) const {
  const Index n = units();
  const Index count = blocks();
  const auto outer = static_cast<Index>(std::countr_zero(static_cast<std::uint64_t>(count)));
  const Index inner = n - outer;
  parallel(count, [&](Index block) {
    // The last units are the block's number, the others run through a Gray code.
    std::uint32_t state = static_cast<std::uint32_t>(block) << inner;
    std::vector<double> field(bias);
    double energy = constant;
    const auto turn = [&](Index unit) {
      const bool on = (state >> unit) & 1;
      const double sign = on ? 1 : -1;
      energy -= sign * field[static_cast<std::size_t>(unit)];
      for (Index k = 0; k < n; ++k)
        field[static_cast<std::size_t>(k)] += sign * coupling[static_cast<std::size_t>(unit * n + k)];
    };
    for (Index unit = inner; unit < n; ++unit)
      if ((state >> unit) & 1) turn(unit);
    visit(block, energy, state, -1);
    for (std::uint32_t code = 1; code < (std::uint32_t{1} << inner); ++code) {
      const auto unit = static_cast<Index>(std::countr_zero(code));
      state ^= std::uint32_t{1} << unit;
      turn(unit);
      visit(block, energy, state, unit);
    }
  });
}

}  // namespace harmonium
