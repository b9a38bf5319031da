#include "clamped_means.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace harmonium {

void ClampedMeans::check(const ModelSpec& model, Specs& out) const {
  if (sampler->law() != Law::invariant && sampler->law() != Law::moments)
    out.problem("with.sampler",
                fmt::format("{} gives neither draws from the model nor its mean field", sampler.type()));
  else
    check_sampler(sampler, model, "with.sampler", out);
}

Index ClampedMeans::rows_at_once() const {
  constexpr Index most_chains = 1000;
  return std::max<Index>(1, most_chains / (chains * sampler->replicas()));
}

void ClampedMeans::find(const Network& network, Index layer, const Dataset& data, Index first, Index count,
                        const Stream& stream, View<double> mean, View<double> squared_error) const {
  Chains machine(network, count * chains * sampler->replicas());
  machine.prepare(network);
  std::vector<std::uint8_t> held(static_cast<std::size_t>(network.size()), 0);
  const auto first_chain = static_cast<std::uint64_t>(first * chains * sampler->replicas());
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& of = network.layer(l);
    if (!of.visible || l == layer) {
      draw_alone(network, l, machine, stream.purpose("start").purpose(of.name).rows_from(first_chain));
      continue;
    }
    held[static_cast<std::size_t>(l)] = 1;
    const Index part = data.part(of.part);
    for (Index i = 0; i < count; ++i)
      for (Index chain = 0; chain < chains; ++chain)
        data.read(part, first + i, 1, machine[l].state.row_range(i * chains + chain, 1));
  }
  machine.replicate(sampler->replicas());
  Tensor sums = Tensor::of<double>({count * chains, mean.columns});
  for (Index sweep = 0; sweep < burn_in + sweeps; ++sweep) {
    sampler->sweep(network, machine,
                   {1, stream.purpose("sweeps").rows_from(first_chain).at(static_cast<std::uint64_t>(sweep)), held});
    if (sweep < burn_in) continue;
    const View<double> all = sums.view<double>();
    for (Index i = 0; i < all.rows; ++i)
      for (Index j = 0; j < all.columns; ++j) all(i, j) += static_cast<double>(machine[layer].mean(i, j));
  }
  const auto per_chain = static_cast<double>(sweeps), all = static_cast<double>(chains);
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < mean.columns; ++j) {
      double sum = 0, squares = 0;
      for (Index chain = 0; chain < chains; ++chain) sum += sums.view<double>()(i * chains + chain, j) / per_chain;
      mean(i, j) = sum / all;
      for (Index chain = 0; chain < chains; ++chain) {
        const double off = sums.view<double>()(i * chains + chain, j) / per_chain - mean(i, j);
        squares += off * off;
      }
      squared_error(i, j) = chains > 1 ? squares / (all - 1) / all : 0;
    }
}

}  // namespace harmonium
