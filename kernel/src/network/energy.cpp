#include "harmonium/energy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "harmonium/chains.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// A float matrix in another precision: itself, or a copy.
template <class T>
class As {
 public:
  explicit As(const Tensor& values) : values_(values) {
    if constexpr (!std::is_same_v<T, float>) {
      copy_ = Tensor(element_of<T>(), values.shape());
      std::copy_n(values.data<float>(), values.size(), copy_.template data<T>());
    }
  }
  View<const T> view() const {
    if constexpr (std::is_same_v<T, float>)
      return values_.view();
    else
      return copy_.template view<T>();
  }

 private:
  const Tensor& values_;
  Tensor copy_;
};

template <class T>
Tensor theta_of(const Layer& layer, double inverse_temperature = 1) {
  Tensor theta = Tensor::matrix(layer.units->statistics(), layer.size);
  layer.units->natural(layer.parameters.view(), theta.view());
  if (inverse_temperature != 1)
    for (float& value : theta.values<float>()) value *= static_cast<float>(inverse_temperature);
  if constexpr (std::is_same_v<T, float>) return theta;
  Tensor copy(element_of<T>(), theta.shape());
  std::copy_n(theta.data<float>(), theta.size(), copy.data<T>());
  return copy;
}

template <class T>
void add_row_dots(View<const T> x, View<const T> y, double scale, Span<double> sums) {
  for (Index i = 0; i < x.rows; ++i) {
    double sum = 0;
    for (Index j = 0; j < x.columns; ++j) sum += static_cast<double>(x(i, j)) * static_cast<double>(y(i, j));
    sums[i] += scale * sum;
  }
}

/// The input to a hidden layer from visible layers; `place` gives each layer's place among `states`, -1 for none.
template <class T>
void input_from(const Network& network, Index layer, const std::vector<Index>& place,
                const std::vector<View<const T>>& states, View<T> out, double inverse_temperature = 1) {
  const auto scale = static_cast<T>(inverse_temperature);
  bool any = false;
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    if (link.a != layer && link.b != layer) continue;
    const As<T> weights(link.weights);
    const Index other = link.a == layer ? link.b : link.a;
    const View<const T> state = states[static_cast<std::size_t>(place[static_cast<std::size_t>(other)])];
    if (link.b == layer)
      link.connection->to_b(network.ends(i), weights.view(), state, 0, out, scale, any);
    else
      link.connection->to_a(network.ends(i), weights.view(), state, 0, out, scale, any);
    any = true;
  }
  if (!any)
    for (Index row = 0; row < out.rows; ++row) std::fill_n(out.row(row).data, out.columns, T(0));
}

std::vector<Index> places(const Network& network) {
  std::vector<Index> place(static_cast<std::size_t>(network.size()), -1);
  Index next = 0;
  for (Index l : network.visible()) place[static_cast<std::size_t>(l)] = next++;
  return place;
}

void demand_independent_hidden(const Network& network, const char* what) {
  if (!network.hidden_independent())
    throw RunFailed(fmt::format("{} is not exact here: hidden layers are joined to each other", what));
}

template <class T>
void demand_visible(const Network& network, const std::vector<View<const T>>& states) {
  const std::vector<Index> shown = network.visible();
  if (states.size() != shown.size()) throw std::logic_error("one matrix is needed for each visible layer");
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (states[i].columns != network.layer(shown[i]).size)
      throw std::logic_error("states are not as wide as their layer");
}

template <class T>
void free_energy_of(const Network& network, const std::vector<View<const T>>& visible, Span<double> energies,
                    double inverse_temperature) {
  demand_independent_hidden(network, "the free energy");
  demand_visible(network, visible);
  for (const Layer& layer : network.layers())
    if (!layer.units->exact())
      throw RunFailed(fmt::format("the free energy needs exact units; layer '{}' has {}, which are approximate",
                                  layer.name, layer.units.type()));
  std::fill_n(energies.data, energies.size, 0.0);
  const std::vector<Index> place = places(network);
  const std::vector<Index> shown = network.visible();
  // A block of rows at a time: inputs to the hidden layers need not exist for all rows at once.
  constexpr Index block = 1024;
  std::vector<View<const T>> part(visible.size());
  for (Index first = 0; first < energies.size; first += block) {
    const Index count = std::min(block, energies.size - first);
    const Span<double> sums = energies.part(first, count);
    for (std::size_t i = 0; i < visible.size(); ++i) part[i] = visible[i].row_range(first, count);
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const Layer& layer = network.layer(shown[i]);
      layer.units->add_energy(theta_of<T>(layer, inverse_temperature).template view<T>(), part[i], sums);
    }
    for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
      const Link& link = network.link(i);
      if (!network.layer(link.a).visible || !network.layer(link.b).visible) continue;
      const View<const T> a = part[static_cast<std::size_t>(place[static_cast<std::size_t>(link.a)])];
      const View<const T> b = part[static_cast<std::size_t>(place[static_cast<std::size_t>(link.b)])];
      Tensor input = Tensor::of<T>({count, b.columns});
      const As<T> weights(link.weights);
      link.connection->to_b(network.ends(i), weights.view(), a, 0, input.view<T>(), 1, false);
      // Within a layer every pair is counted twice.
      add_row_dots<T>(input.view<T>(), b, link.a == link.b ? -0.5 * inverse_temperature : -inverse_temperature, sums);
    }
    std::vector<double> log_partition(static_cast<std::size_t>(count), 0.0);
    for (Index l : network.hidden()) {
      const Layer& layer = network.layer(l);
      Tensor input = Tensor::of<T>({count, layer.size});
      input_from<T>(network, l, place, part, input.view<T>(), inverse_temperature);
      layer.units->add_log_partition(theta_of<T>(layer, inverse_temperature).template view<T>(), input.view<T>(),
                                     log_partition);
    }
    for (Index i = 0; i < count; ++i) sums[i] -= log_partition[static_cast<std::size_t>(i)];
  }
}

}  // namespace

void energy(const Network& network, const std::vector<View<const double>>& states, Span<double> energies) {
  std::fill_n(energies.data, energies.size, 0.0);
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    layer.units->add_energy(theta_of<double>(layer).view<double>(), states[static_cast<std::size_t>(l)], energies);
  }
  for (Index i = 0; i < static_cast<Index>(network.links().size()); ++i) {
    const Link& link = network.link(i);
    const View<const double> b = states[static_cast<std::size_t>(link.b)];
    Tensor input = Tensor::of<double>({b.rows, b.columns});
    const As<double> weights(link.weights);
    link.connection->to_b(network.ends(i), weights.view(), states[static_cast<std::size_t>(link.a)], 0,
                          input.view<double>(), 1, false);
    add_row_dots<double>(input.view<double>(), b, link.a == link.b ? -0.5 : -1, energies);
  }
}

void free_energy(const Network& network, const std::vector<View<const float>>& visible, Span<double> energies,
                 double inverse_temperature) {
  free_energy_of<float>(network, visible, energies, inverse_temperature);
}

void free_energy(const Network& network, const std::vector<View<const double>>& visible, Span<double> energies,
                 double inverse_temperature) {
  free_energy_of<double>(network, visible, energies, inverse_temperature);
}

void hidden_mean(const Network& network, Index layer, const std::vector<View<const float>>& visible, View<float> out) {
  demand_independent_hidden(network, "the mean of a hidden layer");
  demand_visible(network, visible);
  const Layer& hidden = network.layer(layer);
  if (hidden.units->needs_input()) {
    Tensor input = Tensor::matrix(out.rows, out.columns);
    input_from<float>(network, layer, places(network), visible, input.view());
    hidden.units->mean(theta_of<float>(hidden).view(), input.view(), out);
    return;
  }
  input_from<float>(network, layer, places(network), visible, out);
  hidden.units->mean(theta_of<float>(hidden).view(), out, out);
}

}  // namespace harmonium
