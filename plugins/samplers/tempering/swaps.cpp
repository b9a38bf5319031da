#include "swaps.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"

namespace harmonium {

void Swaps::begin(Index chains, const std::vector<double>& beta) {
  chains_ = chains;
  replicas_ = static_cast<Index>(beta.size());
  beta_ = beta;
  energies_.assign(static_cast<std::size_t>(chains_ * replicas_), 0.0);
  own_.resize(static_cast<std::size_t>(chains_));
  from_.resize(static_cast<std::size_t>(chains_ * replicas_));
  if (uniform_.rows() != chains_ || uniform_.columns() != replicas_ - 1)
    uniform_ = Tensor::matrix(chains_, replicas_ - 1);
}

void Swaps::add_energies(const Network& network, Index replica, Chains& states, const std::vector<Index>& inputs_of) {
  const Span<double> energies(energies_.data() + replica * chains_, chains_);
  const double scale = 1 / beta_[static_cast<std::size_t>(replica)];
  for (Index l = 0; l < network.size(); ++l) {
    const Chains::Layer& layer = states[l];
    const Units& units = *network.layer(l).units;
    // theta and input have the inverse temperature in them.
    const bool has_input = std::find(inputs_of.begin(), inputs_of.end(), l) != inputs_of.end();
    const View<const float> input = has_input ? layer.input : View<float>();
    if (units.statistics() == 1) {
      elementwise::add_row_dots(layer.state, input, layer.theta.row(0), -scale, energies);
      continue;
    }
    if (has_input) elementwise::add_row_dots(layer.state, input, {}, -scale, energies);
    // Only the units know their other statistics: E with theta less E without it.
    std::fill(own_.begin(), own_.end(), 0.0);
    thread_local std::vector<float> zeros;
    zeros.assign(static_cast<std::size_t>(layer.theta.size()), 0.0F);
    units.add_energy(View<const float>(zeros.data(), layer.theta.rows, layer.theta.columns), layer.state, own_);
    for (double& value : own_) value = -value;
    units.add_energy(View<const float>(layer.theta), layer.state, own_);
    for (Index i = 0; i < chains_; ++i) energies[i] += scale * own_[static_cast<std::size_t>(i)];
  }
  if (!inputs_of.empty()) return;
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    const View<float> input = states.room(link.b);
    link.connection->to_b(network.ends(i), link.weights.view(), states[link.a].state, 0, input, 1, false);
    elementwise::add_row_dots(states[link.b].state, input, {}, link.a == link.b ? -0.5 : -1.0, energies);
  }
}

void Swaps::draw(const Stream& stream, Chains::Swaps& counts) {
  const auto pairs = static_cast<std::size_t>(replicas_ - 1);
  counts.tried.resize(pairs);
  counts.accepted.resize(pairs);
  uniform(stream, uniform_.view());
  for (Index i = 0; i < chains_; ++i) {
    for (Index k = 0; k < replicas_; ++k) from_[at(i, k)] = k;
    for (const Index parity : {Index{0}, Index{1}})
      for (Index k = parity; k + 1 < replicas_; k += 2)
        try_pair(i, k, static_cast<double>(uniform_.view()(i, k)), counts);
  }
}

void Swaps::try_pair(Index chain, Index replica, double uniform, Chains::Swaps& counts) {
  const auto k = static_cast<std::size_t>(replica);
  double& here = energies_[static_cast<std::size_t>(replica * chains_ + chain)];
  double& there = energies_[static_cast<std::size_t>((replica + 1) * chains_ + chain)];
  ++counts.tried[k];
  if (!(uniform < std::exp((beta_[k] - beta_[k + 1]) * (here - there)))) return;
  ++counts.accepted[k];
  std::swap(here, there);
  std::swap(from_[at(chain, replica)], from_[at(chain, replica + 1)]);
}

void Swaps::move(const std::vector<View<float>>& replicas) const {
  // Chains whose rows make a block of about ten microseconds.
  constexpr Index elements = Index{1} << 15;
  const Index length = std::max<Index>(1, elements / std::max<Index>(1, replicas_ * replicas.front().columns));
  parallel((chains_ + length - 1) / length, [&](Index block) {
    for (Index chain = block * length; chain < std::min(chains_, (block + 1) * length); ++chain) move(replicas, chain);
  });
}

void Swaps::move(const std::vector<View<float>>& replicas, Index chain) const {
  thread_local std::vector<Index> from;
  const auto begin = from_.begin() + static_cast<std::ptrdiff_t>(at(chain, 0));
  from.assign(begin, begin + replicas_);
  const auto row = [&](Index replica) { return replicas[static_cast<std::size_t>(replica)].row(chain); };
  // Along each cycle of the permutation, its first row being passed on.
  for (Index first = 0; first < replicas_; ++first)
    for (Index to = first, source; (source = std::exchange(from[static_cast<std::size_t>(to)], to)) != first;
         to = source)
      std::swap_ranges(row(to).begin(), row(to).end(), row(source).begin());
}

}  // namespace harmonium
