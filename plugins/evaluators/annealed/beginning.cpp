#include "beginning.hpp"

#include <algorithm>
#include <memory>

#include "harmonium/bottom_up.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/stored_rows.hpp"

namespace harmonium {
namespace {

/// Rows of the data at random in the visible layers, and hidden states given them: a chain each, held there.
void show(const Network& network, const Dataset& data, const Stream& stream, Chains& chains) {
  std::vector<Index> chosen(static_cast<std::size_t>(chains.rows()));
  for (std::size_t r = 0; r < chosen.size(); ++r)
    chosen[r] = static_cast<Index>(
        uniform_integer(stream.purpose("rows").rows_from(r), static_cast<std::uint64_t>(data.rows())));
  for (const Index l : network.visible()) data.read(data.part(network.layer(l).part), chosen, chains[l].state);
  std::vector<std::uint8_t> held;
  for (const Layer& layer : network.layers()) held.push_back(layer.visible ? 1 : 0);
  // Hidden units that know nothing of the row yet would move the visible ones away from it at once.
  bottom_up(network, chains, held, stream.purpose("up"), Draw::sample);
  constexpr Index settling = 20;
  if (!network.hidden_independent())
    make_value<Sampler>("sampler.gibbs")->sweep(network, chains, {settling, stream.purpose("settling"), held});
}

ColumnSummary summary_of(const Layer& layer, View<const float> states) {
  auto rows = std::make_shared<Tensor>(Tensor::matrix(states.rows, states.columns));
  for (Index i = 0; i < states.rows; ++i) std::copy_n(states.row(i).data, states.columns, rows->view().row(i).data);
  const DataSpec spec{states.rows, {{layer.name, layer.size, {}, PartSpec::Kind::real, {}}}};
  return summarise(stored_rows(spec, {std::move(rows)}), 0);
}

}  // namespace

std::vector<Tensor> base_of(const Network& network, const Dataset* data, bool check, const Stream& stream) {
  constexpr Index most = 1000;
  const bool joined = data && !network.hidden_independent();
  Chains chains(network, joined ? std::min(most, data->rows()) : 1);
  chains.prepare(network);
  if (joined) show(network, *data, stream, chains);
  std::vector<Tensor> base;
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    Tensor parameters = layer.parameters;
    const bool rates = layer.visible ? data != nullptr : joined;
    if (rates) {
      const ColumnSummary summary =
          layer.visible ? summarise(*data, data->part(layer.part)) : summary_of(layer, chains[l].state);
      if (layer.visible && check) layer.units->check(summary.view());
      layer.units->initialise(summary.view(), parameters.view());
      share_by_channel(layer, parameters.view());
    }
    base.push_back(Tensor::matrix(layer.units->statistics(), layer.size));
    layer.units->natural(parameters.view(), base.back().view());
    if (!rates) std::fill_n(base.back().data<float>(), layer.size, 0.0F);
  }
  return base;
}

void begin_burn_in(const Network& network, const Dataset* data, const Stream& stream, Chains& chains) {
  Chains low(network, chains.rows());
  low.prepare(network);
  for (Chains* each : {&chains, &low}) {
    const Stream first = stream.purpose(each == &chains ? "start" : "minima");
    for (Index l = 0; l < network.size(); ++l) draw_alone(network, l, *each, first.purpose(network.layer(l).name));
  }
  if (data) show(network, *data, stream, chains);
  make_value<Sampler>("sampler.descent")->sweep(network, low, {20, stream.purpose("descent")});
  for (Index l = 0; l < network.size(); ++l)
    for (Index r = 1; r < chains.rows(); r += 2)
      std::copy_n(low[l].state.row(r).data, low[l].state.columns, chains[l].state.row(r).data);
}

}  // namespace harmonium
