#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "binary_rows.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::baselines {

/// Rows that are read at once.
constexpr Index block_rows = 2048;

/// A probability so near to 0 or 1 that what lies between costs a row nothing, yet 1 less it is not rounded to 0.
inline double kept_inside(double probability) {
  constexpr double nearest = 1e-12;
  return std::clamp(probability, nearest, 1 - nearest);
}

/// A normalised law of rows of zeros and ones.
class Density {
 public:
  Density() = default;
  Density(const Density&) = default;
  Density(Density&&) = default;
  Density& operator=(const Density&) = default;
  Density& operator=(Density&&) = default;
  virtual ~Density() = default;
  /// log p of each row, in nats.
  virtual void log_probabilities(View<const float> rows, Span<double> out) const = 0;
  /// How many numbers are free.
  virtual Index parameters() const = 0;
};

/// Calls each(first, rows) for all rows in order, block by block.
template <class Each>
void by_blocks(const BinaryRows& rows, Each&& each) {
  Tensor block = Tensor::matrix(std::min(block_rows, rows.rows()), rows.columns());
  for (Index first = 0; first < rows.rows(); first += block_rows) {
    const View<float> read = block.view().row_range(0, std::min(block_rows, rows.rows() - first));
    rows.read(first, read);
    each(first, View<const float>(read));
  }
}

/// The mean of log p over rows.
inline Mean score(const Density& density, const BinaryRows& rows) {
  std::vector<double> log_p(static_cast<std::size_t>(rows.rows()));
  by_blocks(rows, [&](Index first, View<const float> block) {
    density.log_probabilities(block, {log_p.data() + first, block.rows});
  });
  return mean_of(log_p);
}

}  // namespace harmonium::baselines
