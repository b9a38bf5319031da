#include "path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// The colour to be summed out, without layers whose units are joined to each other: the one with the most layers of
/// real values or counts without a bound, which vary most, of two alike the one with the most layers, then with fewer
/// visible ones.
std::vector<std::uint8_t> most_independent(const Network& network) {
  std::vector<std::uint8_t> best(static_cast<std::size_t>(network.size()), 0);
  std::array<Index, 3> most{0, 0, 0};
  for (const std::vector<Index>& colour : network.colours()) {
    std::array<Index, 3> unbounded_all_hidden{0, 0, 0};
    std::vector<std::uint8_t> flags(best.size(), 0);
    for (const Index l : colour) {
      if (network.joined_within(l)) continue;
      const Layer& layer = network.layer(l);
      unbounded_all_hidden[0] += layer.units->tail() != Tail::bounded;
      ++unbounded_all_hidden[1];
      unbounded_all_hidden[2] += !layer.visible;
      flags[static_cast<std::size_t>(l)] = 1;
    }
    if (unbounded_all_hidden <= most) continue;
    most = unbounded_all_hidden;
    best = flags;
  }
  return best;
}

Tensor zeros_like(const Tensor& values) { return Tensor(Element::float32, values.shape()); }

}  // namespace

AnnealedPath::AnnealedPath(const Network& network, std::vector<Tensor> base, Index runs, const Stream& stream)
    : network_(network), summed_(most_independent(network)), chains_(network, runs) {
  terms_.resize(static_cast<std::size_t>(runs));
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    if (!layer.units->exact())
      throw RunFailed(fmt::format("layer '{}' has {}, which are approximate: there is no energy to anneal", layer.name,
                                  layer.units.type()));
    PerLayer per;
    per.base = std::move(base[static_cast<std::size_t>(l)]);
    per.theta = zeros_like(per.base);
    layer.units->natural(layer.parameters.view(), per.theta.view());
    per.change = zeros_like(per.base);
    elementwise::combine(1, per.theta.view(), -1, per.base.view(), per.change.view());
    per.none = zeros_like(per.base);
    per.from = zeros_like(per.base);
    per.to = zeros_like(per.base);
    per.draws = stream.purpose("draws").purpose(layer.name);
    per.first = stream.purpose("base").purpose(layer.name);
    layers_.push_back(std::move(per));
  }
}

double AnnealedPath::log_z_of_base() const {
  double sum = 0;
  for (Index l = 0; l < network_.size(); ++l) {
    const Tensor& base = layers_[static_cast<std::size_t>(l)].base;
    const Tensor input = Tensor::of<double>({1, base.columns()});
    Tensor theta = Tensor::of<double>({base.rows(), base.columns()});
    std::copy_n(base.data<float>(), base.size(), theta.data<double>());
    network_.layer(l).units->add_log_partition(theta.view<double>(), input.view<double>(), {&sum, 1});
  }
  return sum;
}

void AnnealedPath::interpolate(const PerLayer& layer, double beta, View<float> out) const {
  elementwise::combine(static_cast<float>(1 - beta), layer.base.view(), static_cast<float>(beta), layer.theta.view(),
                       out);
}

void AnnealedPath::prepare(double beta) {
  chains_.prepare(network_, beta);
  for (Index l = 0; l < network_.size(); ++l) interpolate(layers_[static_cast<std::size_t>(l)], beta, chains_[l].theta);
  beta_ = beta;
}

void AnnealedPath::begin() {
  prepare(0);
  for (Index l = 0; l < network_.size(); ++l)
    draw_alone(network_, l, chains_, layers_[static_cast<std::size_t>(l)].first);
}

bool AnnealedPath::reversible() const {
  Index colours = 0;
  for (const std::vector<Index>& colour : network_.colours()) {
    colours += std::any_of(colour.begin(), colour.end(), [&](Index l) { return !summed(l); });
    for (const Index l : colour)
      if (network_.joined_within(l)) return false;
  }
  return colours <= 1;
}

void AnnealedPath::begin_at(const Chains& states, double beta) {
  for (Index l = 0; l < network_.size(); ++l)
    for (Index i = 0; i < chains_.rows(); ++i)
      std::copy_n(states[l].state.row(i).data, states[l].state.columns, chains_[l].state.row(i).data);
  prepare(beta);
}

void AnnealedPath::add_partition(Index layer, View<const float> theta, double share, double beta, Span<double> sums) {
  const Chains::Layer& at = chains_[layer];
  const View<float> input = chains_.room(layer);
  elementwise::combine(static_cast<float>(beta), at.input, 0, at.input, input);
  std::fill(terms_.begin(), terms_.end(), 0.0);
  network_.layer(layer).units->add_log_partition(theta, input, terms_);
  for (Index r = 0; r < sums.size; ++r) sums[r] += share * terms_[static_cast<std::size_t>(r)];
}

void AnnealedPath::add_statistics(Index layer, double share, Span<double> sums) {
  const PerLayer& per = layers_[static_cast<std::size_t>(layer)];
  const Units& units = *network_.layer(layer).units;
  const View<const float> state = chains_[layer].state;
  if (units.statistics() == 1) {
    elementwise::add_row_dots(state, {}, per.change.view().row(0), share, sums);
    return;
  }
  // Only the units know their other statistics: minus the energy with the change of theta, plus that without.
  std::fill(terms_.begin(), terms_.end(), 0.0);
  units.add_energy(View<const float>(per.none.view()), state, terms_);
  for (Index r = 0; r < sums.size; ++r) sums[r] += share * terms_[static_cast<std::size_t>(r)];
  std::fill(terms_.begin(), terms_.end(), 0.0);
  units.add_energy(View<const float>(per.change.view()), state, terms_);
  for (Index r = 0; r < sums.size; ++r) sums[r] -= share * terms_[static_cast<std::size_t>(r)];
}

void AnnealedPath::add_couplings(double share, Span<double> sums) {
  for (Index i = 0; i < static_cast<Index>(network_.links().size()); ++i) {
    const Link& link = network_.link(i);
    if (summed(link.a) || summed(link.b)) continue;
    const View<float> input = chains_.room(link.b);
    link.connection->to_b(network_.ends(i), link.weights.view(), chains_[link.a].state, 0, input, 1, false);
    elementwise::add_row_dots(chains_[link.b].state, input, {}, link.a == link.b ? share / 2 : share, sums);
  }
}

void AnnealedPath::step(double to, std::uint64_t number, Span<double> log_weights) {
  const double from = beta_;
  // Inputs are those of the network, and scaled alike at the end of a step and at the beginning of the next: rounding
  // then bends the path, but what it adds to one step it takes from the other.
  chains_.prepare(network_);
  for (Index l = 0; l < network_.size(); ++l) {
    if (!summed(l)) {
      add_statistics(l, to - from, log_weights);
      continue;
    }
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    interpolate(per, from, per.from.view());
    interpolate(per, to, per.to.view());
    input_to(network_, l, chains_, chains_[l].input);
    add_partition(l, per.from.view(), -1, from, log_weights);
    add_partition(l, per.to.view(), 1, to, log_weights);
  }
  add_couplings(to - from, log_weights);

  prepare(to);
  for (Index l = 0; l < network_.size(); ++l) {
    if (!summed(l)) continue;
    const Chains::Layer& at = chains_[l];
    elementwise::combine(static_cast<float>(to), at.input, 0, at.input, at.input);
    network_.layer(l).units->sample(at.theta, at.input, layers_[static_cast<std::size_t>(l)].draws.at(number), at.mean,
                                    at.state);
  }
  for (const std::vector<Index>& colour : network_.colours())
    for (const Index l : colour) {
      if (summed(l)) continue;
      update_layer(network_, l, chains_, layers_[static_cast<std::size_t>(l)].draws.at(number), Draw::sample);
    }
}

void AnnealedPath::add_log_f(Span<double> sums) {
  for (Index l = 0; l < network_.size(); ++l) {
    if (summed(l)) {
      input_to(network_, l, chains_, chains_[l].input);
      add_partition(l, chains_[l].theta, 1, 1, sums);
      continue;
    }
    std::fill(terms_.begin(), terms_.end(), 0.0);
    network_.layer(l).units->add_energy(View<const float>(chains_[l].theta), chains_[l].state, terms_);
    for (Index r = 0; r < sums.size; ++r) sums[r] -= terms_[static_cast<std::size_t>(r)];
  }
  add_couplings(beta_, sums);
}

}  // namespace harmonium
