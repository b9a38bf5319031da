#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// A Helmholtz machine: layers x_0 (which shows data) to x_n of binary units, and two directed models over them,
///   generation   p(x) = prod_j s(x_nj; b_nj) prod_{l<n} prod_j s(x_lj; b_lj + sum_i x_{l+1,i} V_lij),
///   recognition  q(x_1 ... x_n | x_0) = prod_{l<n} prod_j s(x_{l+1,j}; c_{l+1,j} + sum_i x_li R_lij),
/// s(x; a) being sigma(a) where x = 1, 1 - sigma(a) where x = 0. Dayan, Hinton, Neal, Zemel 1995; Hinton, Dayan, Frey,
/// Neal 1995. Without hidden layers it is the independent model, a product of marginals.
class HARMONIUM_API HelmholtzMachine {
 public:
  static constexpr const char* port_type = "helmholtz machine";
  using Spec = HelmholtzSpec;

  struct Layer {
    Tensor bias;              ///< b, 1 x units
    Tensor recognition_bias;  ///< c, 1 x units; empty in the lowest layer
    HARMONIUM_API void visit(Visitor& visitor);
    Index size() const { return bias.columns(); }
  };
  /// Between a layer and the one above it.
  struct Link {
    Tensor generation;   ///< V, units above x units below
    Tensor recognition;  ///< R, units below x units above
    HARMONIUM_API void visit(Visitor& visitor);
  };

  HelmholtzMachine() = default;
  /// All weights and biases zero.
  explicit HelmholtzMachine(const HelmholtzSpec& spec);

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
  HelmholtzSpec spec() const;
  void visit(Visitor& visitor);
};

}  // namespace harmonium
