#pragma once

#include <string>

#include "harmonium/node.hpp"

namespace harmonium {

/// Principal components as the linear autoencoder that they are: with mean m and the k eigenvectors U of the largest
/// eigenvalues of the covariance, codes are U' (x - m) and reconstructions m + U U' (x - m), of all linear ones those
/// of the least squared error. Bourlard, Kamp 1988; Baldi, Hornik 1989.
struct PrincipalComponents {
  Index components = 0;
  std::string part = "features";

  static void describe(NodeType<PrincipalComponents>& type);
  void outputs(const Specs& in, Specs& out) const;
  Outputs run(const Inputs& in, Context& context) const;
};

}  // namespace harmonium
