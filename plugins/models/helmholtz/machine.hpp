#pragma once

#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium::helmholtz {

struct MachineSpec {
  /// Units of each layer, the one that shows data first.
  std::vector<Index> sizes;
  /// Image shape of the lowest layer, or empty.
  Tensor::Shape shape;
  /// The part of a data set that it shows.
  std::string part = "features";
};

/// A Helmholtz machine: layers x_0 (which shows data) to x_n of binary units, and two directed models over them,
///   generation   p(x) = prod_j s(x_nj; b_nj) prod_{l<n} prod_j s(x_lj; b_lj + sum_i x_{l+1,i} V_lij),
///   recognition  q(x_1 ... x_n | x_0) = prod_{l<n} prod_j s(x_{l+1,j}; c_{l+1,j} + sum_i x_li R_lij),
/// s(x; a) being sigma(a) where x = 1, 1 - sigma(a) where x = 0. Dayan, Hinton, Neal, Zemel 1995; Hinton, Dayan, Frey,
/// Neal 1995. Without hidden layers it is the independent model, a product of marginals.
class Machine {
 public:
  static constexpr const char* port_type = "helmholtz machine";
  using Spec = MachineSpec;

  struct Layer {
    Tensor bias;              ///< b, 1 x units
    Tensor recognition_bias;  ///< c, 1 x units; empty in the lowest layer
    void visit(Visitor& visitor);
    Index size() const { return bias.columns(); }
  };
  /// Between a layer and the one above it.
  struct Link {
    Tensor generation;   ///< V, units above x units below
    Tensor recognition;  ///< R, units below x units above
    void visit(Visitor& visitor);
  };

  Machine() = default;
  /// All weights and biases zero.
  explicit Machine(const MachineSpec& spec);

  std::vector<Layer> layers;
  std::vector<Link> links;
  Tensor::Shape shape;
  std::string part = "features";

  Index size() const { return static_cast<Index>(layers.size()); }
  Layer& layer(Index l) { return layers[static_cast<std::size_t>(l)]; }
  const Layer& layer(Index l) const { return layers[static_cast<std::size_t>(l)]; }
  /// The one between layers l and l + 1.
  Link& link(Index l) { return links[static_cast<std::size_t>(l)]; }
  const Link& link(Index l) const { return links[static_cast<std::size_t>(l)]; }
  MachineSpec spec() const;
  void visit(Visitor& visitor);
};

/// The machine at a bounded number of epochs, spaced over its training.
class Snapshots {
 public:
  static constexpr const char* port_type = "helmholtz snapshots";
  using Spec = MachineSpec;

  struct Taken {
    Index epoch = 0;
    Machine machine;
    void visit(Visitor& visitor);
  };
  /// In the order of epochs, the first being the machine before training.
  std::vector<Taken> taken;

  /// Keeps `machine` if one is due at this epoch; of more than `most` every second one goes.
  void offer(Index epoch, const Machine& machine, Index most);
  void visit(Visitor& visitor);

 private:
  Index spacing_ = 1;
};

/// Notes, as a problem of `where` ("in.data"), what the data lack of what the machine shows: the part, or its width.
void check_part(const MachineSpec& machine, const DataSpec& data, const std::string& where, Specs& outputs);

/// Throws BadData, with the remedy, where values lie outside [0, 1].
void demand_shades(const ColumnSummary& summary);

/// Throws BadData, with the remedy, where a value is neither 0 nor 1. `first` is the number of the first row.
void demand_bits(View<const float> rows, Index first);

}  // namespace harmonium::helmholtz
