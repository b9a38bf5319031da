#include "harmonium/chains.hpp"

#include <algorithm>
#include <stdexcept>

#include "harmonium/errors.hpp"
#include "network/sweep.hpp"

namespace harmonium {

Chains::Chains(const Network& network, Index rows) : rows_(rows) {
  const auto count = static_cast<std::size_t>(network.size());
  state_.resize(count);
  mean_.resize(count);
  input_.resize(count);
  theta_.resize(count);
  layers_.resize(count);
  for (std::size_t l = 0; l < count; ++l) {
    const harmonium::Layer& layer = network.layers()[l];
    state_[l] = Tensor::matrix(rows, layer.size);
    mean_[l] = Tensor::matrix(rows, layer.size);
    if (layer.units->needs_input()) input_[l] = Tensor::matrix(rows, layer.size);
    theta_[l] = Tensor::matrix(layer.units->statistics(), layer.size);
  }
  show(rows);
}

void Chains::show(Index rows) {
  if (rows < 0 || (!state_.empty() && rows > state_.front().rows()))
    throw std::logic_error("more chains are to be shown than there are");
  rows_ = rows;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    layers_[l].state = state_[l].view().row_range(0, rows);
    layers_[l].mean = mean_[l].view().row_range(0, rows);
    layers_[l].input = input_[l].empty() ? layers_[l].mean : input_[l].view().row_range(0, rows);
    layers_[l].theta = theta_[l].view();
  }
}

View<float> Chains::room(Index layer) {
  const auto l = static_cast<std::size_t>(layer);
  room_.resize(state_.size());
  if (room_[l].rows() < rows_) room_[l] = Tensor::matrix(std::max(rows_, state_[l].rows()), layers_[l].state.columns);
  return room_[l].view().row_range(0, rows_);
}

void Chains::factors(Index link, float to_a, float to_b) {
  const auto at = static_cast<std::size_t>(2 * link);
  if (factors_.size() < at + 2) factors_.resize(at + 2, 1.0F);
  factors_[at] = to_a;
  factors_[at + 1] = to_b;
}

float Chains::factor(Index link, bool to_b) const {
  const auto at = static_cast<std::size_t>(2 * link + (to_b ? 1 : 0));
  return at < factors_.size() ? factors_[at] : 1.0F;
}

Chains& Chains::part(const Network& network, Index number, Index count) {
  if (count < 1 || number < 0 || number >= count || rows_ % count != 0)
    throw std::logic_error("the chains cannot be cut into so many parts");
  if (static_cast<Index>(parts_.size()) != count) parts_ = std::vector<Chains>(static_cast<std::size_t>(count));
  Chains& part = parts_[static_cast<std::size_t>(number)];
  const Index size = rows_ / count;
  if (part.layers_.size() != layers_.size()) {
    part.state_.resize(layers_.size());
    part.input_.resize(layers_.size());
    part.theta_.resize(layers_.size());
    part.layers_.resize(layers_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l)
      part.theta_[l] = Tensor::matrix(network.layers()[l].units->statistics(), network.layers()[l].size);
  }
  part.rows_ = size;
  part.factors_ = factors_;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    if (part.input_[l].rows() < size) part.input_[l] = Tensor::matrix(size, layers_[l].state.columns);
    part.layers_[l] = {layers_[l].state.row_range(number * size, size), layers_[l].mean.row_range(number * size, size),
                       part.input_[l].view().row_range(0, size), part.theta_[l].view()};
  }
  return part;
}

void Chains::replicate(Index count) {
  if (count < 1 || rows_ % count != 0) throw std::logic_error("the chains cannot be cut into so many parts");
  const Index size = rows_ / count;
  for (const Layer& layer : layers_)
    for (Index number = 1; number < count; ++number)
      copy(layer.state.row_range(0, size), layer.state.row_range(number * size, size));
}

void Chains::prepare(const Network& network, double inverse_temperature) {
  inverse_temperature_ = inverse_temperature;
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const harmonium::Layer& layer = network.layers()[l];
    layer.units->natural(layer.parameters.view(), theta_[l].view());
    if (inverse_temperature != 1)
      for (float& value : theta_[l].values<float>()) value *= static_cast<float>(inverse_temperature);
  }
}

void Chains::visit(Visitor& visitor) {
  visitor("state", state_);
  if (visitor.loading()) {
    for (std::size_t l = 0; l < layers_.size(); ++l)
      if (state_.size() != layers_.size() || state_[l].columns() != mean_[l].columns() ||
          state_[l].rows() != mean_[l].rows())
        throw BadData("the chains saved are not of this network");
    show(mean_.empty() ? 0 : mean_[0].rows());
  }
}

void input_to(const Network& network, Index layer, const Chains& chains, View<float> out) {
  input_to(network, layer, chains, 0, 0, out);
}

void input_to(const Network& network, Index layer, const Chains& chains, Index first_row, Index first,
              View<float> out) {
  bool any = false;
  for (const bool within : {false, true})
    add_input(network, layer, chains, {first_row, out.rows}, within, first, out, any);
  if (!any) fill(out, 0);
}

void input_from(const Network& network, Index layer, const Chains& chains, Span<const std::uint8_t> sources, bool add,
                View<float> out) {
  bool any = add;
  for (const bool within : {false, true})
    add_input(network, layer, chains, {0, out.rows}, within, 0, out, any, sources);
  if (!any) fill(out, 0);
}

void update_layer(const Network& network, Index layer, Chains& chains, const Stream& stream, Draw draw,
                  View<const std::uint8_t> held) {
  if (network.joined_within(layer)) {
    sweep_layer(network, layer, chains, stream, draw, held);
    return;
  }
  Chains::Layer& at = chains[layer];
  const Units& units = *network.layer(layer).units;
  input_to(network, layer, chains, at.input);
  const View<float> kept = held.empty() ? View<float>() : chains.room(layer);
  if (!held.empty()) copy(at.state, kept);
  if (draw == Draw::sample) {
    units.sample(at.theta, at.input, stream, at.mean, at.state);
  } else {
    units.mean(at.theta, at.input, at.mean);
    if (draw == Draw::mean && at.state.data != at.mean.data) copy(at.mean, at.state);
  }
  for (Index i = 0; i < held.rows; ++i)
    for (Index j = 0; j < held.columns; ++j)
      if (held(i, j) != 0) at.state(i, j) = at.mean(i, j) = kept(i, j);
}

void draw_alone(const Network& network, Index layer, Chains& chains, const Stream& stream) {
  Chains::Layer& at = chains[layer];
  fill(at.input, 0);
  network.layer(layer).units->sample(at.theta, at.input, stream, at.mean, at.state);
}

void draw_where_means_fail(const Network& network, Chains& chains, Span<const std::uint8_t> held,
                           const Stream& stream) {
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    const Chains::Layer& at = chains[l];
    if (layer.units->means_suffice() || (!held.empty() && held[l] != 0)) continue;
    layer.units->sample(at.theta, at.input, stream.purpose(layer.name), at.mean, at.state);
  }
}

}  // namespace harmonium
