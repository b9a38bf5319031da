#include "swaps.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harmonium/elementwise.hpp"

namespace harmonium {

void Swaps::begin(Index chains, const std::vector<double>& beta) {
  chains_ = chains;
  replicas_ = static_cast<Index>(beta.size());
  beta_ = beta;
  energies_.assign(static_cast<std::size_t>(chains_ * replicas_), 0.0);
  from_.resize(static_cast<std::size_t>(chains_ * replicas_));
  accepted_.resize(from_.size());
  if (uniform_.rows() != chains_ || uniform_.columns() != replicas_ - 1)
    uniform_ = Tensor::matrix(chains_, replicas_ - 1);
}

void Swaps::draw(const Stream& stream) { uniform(stream, uniform_.view()); }

void Swaps::add_energies(const Network& network, Index replica, Chains& states, const std::vector<Index>& inputs_of,
                         Index first, Index count) {
  const Span<double> energies(energies_.data() + replica * chains_ + first, count);
  const double scale = 1 / beta_[static_cast<std::size_t>(replica)];
  for (Index l = 0; l < network.size(); ++l) {
    const Chains::Layer& layer = states[l];
    const Units& units = *network.layer(l).units;
    const View<const float> state = layer.state.row_range(first, count);
    // theta and input have the inverse temperature in them.
    const bool has_input = std::find(inputs_of.begin(), inputs_of.end(), l) != inputs_of.end();
    const View<const float> input = has_input ? layer.input.row_range(first, count) : View<float>();
    if (units.statistics() == 1) {
      elementwise::add_row_dots(state, input, layer.theta.row(0), -scale, energies);
      continue;
    }
    if (has_input) elementwise::add_row_dots(state, input, {}, -scale, energies);
    // Only the units know their other statistics: E with theta less E without it.
    thread_local std::vector<float> zeros;
    thread_local std::vector<double> own;
    zeros.assign(static_cast<std::size_t>(layer.theta.size()), 0.0F);
    own.assign(static_cast<std::size_t>(count), 0.0);
    units.add_energy(View<const float>(zeros.data(), layer.theta.rows, layer.theta.columns), state, own);
    for (double& value : own) value = -value;
    units.add_energy(View<const float>(layer.theta), state, own);
    for (Index i = 0; i < count; ++i) energies[i] += scale * own[static_cast<std::size_t>(i)];
  }
  if (!inputs_of.empty()) return;
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    const View<float> input = states.room(link.b).row_range(first, count);
    link.connection->to_b(network.ends(i), link.weights.view(), states[link.a].state.row_range(first, count), 0, input,
                          1, false);
    elementwise::add_row_dots(states[link.b].state.row_range(first, count), input, {}, link.a == link.b ? -0.5 : -1.0,
                              energies);
  }
}

void Swaps::decide(Index first, Index count) {
  for (Index i = first; i < first + count; ++i) {
    for (Index k = 0; k < replicas_; ++k) from_[at(i, k)] = k;
    for (const Index parity : {Index{0}, Index{1}})
      for (Index k = parity; k + 1 < replicas_; k += 2) try_pair(i, k);
  }
}

void Swaps::try_pair(Index chain, Index replica) {
  const auto k = static_cast<std::size_t>(replica);
  double& here = energies_[static_cast<std::size_t>(replica * chains_ + chain)];
  double& there = energies_[static_cast<std::size_t>((replica + 1) * chains_ + chain)];
  const auto drawn = static_cast<double>(uniform_.view()(chain, replica));
  const bool accepted = drawn < std::exp((beta_[k] - beta_[k + 1]) * (here - there));
  accepted_[at(chain, replica)] = accepted;
  if (!accepted) return;
  std::swap(here, there);
  std::swap(from_[at(chain, replica)], from_[at(chain, replica + 1)]);
}

void Swaps::move(const std::vector<View<float>>& replicas, Index first_chain, Index count) const {
  thread_local std::vector<Index> from;
  for (Index chain = first_chain; chain < first_chain + count; ++chain) {
    const auto begin = from_.begin() + static_cast<std::ptrdiff_t>(at(chain, 0));
    from.assign(begin, begin + replicas_);
    const auto row = [&](Index replica) { return replicas[static_cast<std::size_t>(replica)].row(chain); };
    // Along each cycle of the permutation, its first row being passed on.
    for (Index first = 0; first < replicas_; ++first) {
      Index to = first;
      for (Index source = from[static_cast<std::size_t>(to)]; source != first;
           source = from[static_cast<std::size_t>(to)]) {
        std::swap_ranges(row(to).begin(), row(to).end(), row(source).begin());
        from[static_cast<std::size_t>(to)] = to;
        to = source;
      }
      from[static_cast<std::size_t>(to)] = to;
    }
  }
}

void Swaps::add_to(Chains::Swaps& counts) const {
  const auto pairs = static_cast<std::size_t>(replicas_ - 1);
  counts.tried.resize(pairs);
  counts.accepted.resize(pairs);
  for (std::size_t k = 0; k < pairs; ++k) {
    counts.tried[k] += static_cast<double>(chains_);
    for (Index i = 0; i < chains_; ++i) counts.accepted[k] += accepted_[at(i, static_cast<Index>(k))];
  }
}

}  // namespace harmonium
