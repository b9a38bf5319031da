#pragma once

#include <string>
#include <vector>

#include "harmonium/random.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// States of all layers of a machine in a number of rows, and passes that draw them. Memory is allocated once, for the
/// most rows; no pass allocates.
class Activity {
 public:
  Activity() = default;
  Activity(const HelmholtzMachine& machine, Index most_rows);

  /// How many rows the passes work on.
  void rows(Index count) { rows_ = count; }
  View<float> state(Index layer) { return at(layer).state.view().row_range(0, rows_); }
  /// The means that a layer was last drawn or predicted with.
  View<float> mean(Index layer) { return at(layer).mean.view().row_range(0, rows_); }

  /// Draws all layers from p, the highest first: a fantasy in each row.
  void generate(const HelmholtzMachine& machine, const Stream& stream);
  /// Draws the layers below the highest from p given its state, the higher first.
  void descend(const HelmholtzMachine& machine, const Stream& stream);
  /// Sets the layers above the lowest to their means under q, each driven by the means of the one below.
  void recognise_by_means(const HelmholtzMachine& machine);
  /// Sets the layers below the highest to their means under p, each driven by the means of the one above.
  void generate_by_means(const HelmholtzMachine& machine);

  // Costs are summed for as many rows, from the first on, as there is room for.

  /// Draws the layers above the lowest from q, given its state; costs += -log q(x_1 ... x_n | x_0).
  void recognise(const HelmholtzMachine& machine, const Stream& stream, Span<double> costs = {});
  /// Means of a layer under p given the states of the one above it; costs += -log p(x_layer | x_above).
  void predict_down(const HelmholtzMachine& machine, Index layer, Span<double> costs = {});
  /// Means of a layer above the lowest under q given the states of the one below it; costs += -log q(x_layer |
  /// x_below).
  void predict_up(const HelmholtzMachine& machine, Index layer, Span<double> costs = {});

 private:
  struct Layer {
    Tensor state, input, mean;
    std::string name;  ///< the purpose of its random numbers
  };
  Layer& at(Index layer) { return layers_[static_cast<std::size_t>(layer)]; }
  void draw_down(const HelmholtzMachine& machine, Index layer, const Stream& stream);
  View<float> input_from_above(const HelmholtzMachine& machine, Index layer);
  View<float> input_from_below(const HelmholtzMachine& machine, Index layer);

  std::vector<Layer> layers_;
  Index rows_ = 0;
};

}  // namespace harmonium::helmholtz
