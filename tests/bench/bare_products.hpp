#pragma once

#include <vector>

#include "harmonium/products.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::bench {

/// The products of one batch of a training and nothing else, on matrices of the right shapes; all memory is allocated
/// beforehand, and the products come in the order of the training.
class BareProducts {
 public:
  /// Contrastive divergence of an RBM: up, down and up again, and the two halves of the gradient.
  static BareProducts of_rbm(Index batch, Index visible, Index hidden);
  /// A temperature of annealed importance sampling of an RBM: up and down.
  static BareProducts of_annealing(Index runs, Index visible, Index hidden);
  /// A deep Boltzmann machine of two hidden layers, as many chains as rows in a batch. Clamped: what the data send up
  /// once, the pass upwards, and up and down between the hidden layers in every step of mean field. Free: four products
  /// a sweep. And the two halves of both gradients.
  static BareProducts of_dbm(Index batch, Index visible, Index low, Index high, int steps, int sweeps);

  /// The products of `batches` batches, through the kernel's door to BLAS; seconds.
  double by_the_door(Index batches);
  /// The same as OpenBLAS threads it by itself, with as many threads.
  double by_openblas(Index batches);

 private:
  struct One {
    Transpose ta;
    std::size_t a;
    Transpose tb;
    std::size_t b, out;
  };
  /// A new matrix of random numbers; its place.
  std::size_t matrix(Index rows, Index columns);

  std::vector<Tensor> matrices_;
  std::vector<One> products_;
};

}  // namespace harmonium::bench
