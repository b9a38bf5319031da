#pragma once

#include "density.hpp"
#include "harmonium/network.hpp"

namespace harmonium::baselines {

/// In how many rows each pair of columns is 1 together, columns x columns, and on the diagonal each column alone.
Tensor count_pairs(const BinaryRows& rows);

/// The mutual information, in nats, of each pair of columns in the rows so counted and 2 `smoothing` further rows that
/// are spread evenly over all states: columns x columns, symmetric, its diagonal zero.
Tensor mutual_information(View<const double> pairs, Index rows, double smoothing);

/// p(x) = p(x_root) times p(x_j | x_parent(j)) of all others: among all trees that of the highest likelihood is the
/// spanning tree with the largest sum of mutual informations. Chow, Liu 1968.
class Tree final : public Density {
 public:
  static constexpr Index no_parent = -1;

  static Tree fit(const BinaryRows& rows, double smoothing);

  /// Of each column; the first is the root.
  const std::vector<Index>& parents() const { return parents_; }
  void log_probabilities(View<const float> rows, Span<double> out) const override;
  Index parameters() const override { return 2 * static_cast<Index>(parents_.size()) - 1; }
  /// The tree as a machine of binary units whose joined pairs are its edges, but for rounding to float.
  Network network(const PartSpec& part) const;

 private:
  /// log p(x_j | x_parent): for the parent 0 and 1, each for the unit 0 and 1.
  struct Given {
    double log_p[2][2];
  };
  std::vector<Index> parents_;
  std::vector<Given> given_;
};

/// Such a machine with couplings zero.
Network tree_skeleton(const PartSpec& part);

}  // namespace harmonium::baselines
