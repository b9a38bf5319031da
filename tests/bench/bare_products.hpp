#pragma once

#include "harmonium/tensor.hpp"

namespace harmonium::bench {

/// The five products of one batch of contrastive divergence and nothing else: up, down and up again, and the two halves
/// of the gradient. All memory is allocated beforehand.
class BareProducts {
 public:
  BareProducts(Index batch, Index visible, Index hidden);

  /// `batches` times the five, through the kernel's door to BLAS; seconds.
  double by_the_door(Index batches);
  /// The same as OpenBLAS threads it by itself, with as many threads.
  double by_openblas(Index batches);

 private:
  Tensor data_, shown_, first_, second_, weights_, gradient_;
};

}  // namespace harmonium::bench
