#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

namespace {

/// Values in a block of rows: it stays in the cache while it is passed over twice.
constexpr Index values_in_block = 65536;
/// Blocks held at once, so that memory does not grow with the data. Has no influence on results.
constexpr Index blocks_at_once = 64;

/// Some two seconds.
constexpr Index values_worth_telling = Index{1} << 30;

/// One column matrix each of what a block of rows, or all rows so far, have shown.
struct Part {
  Index rows = 0;
  std::vector<double> mean, squares, minimum, maximum;

  explicit Part(Index width)
      : mean(static_cast<std::size_t>(width)),
        squares(mean.size()),
        minimum(mean.size(), std::numeric_limits<double>::infinity()),
        maximum(mean.size(), -std::numeric_limits<double>::infinity()) {}
};

/// Two passes, and differences from the first row: a constant column has exactly its value as mean and no deviation.
void summarise_block(View<const float> x, Part& part) {
  const Index width = x.columns;
  part = Part(width);
  part.rows = x.rows;
  double* __restrict mean = part.mean.data();
  double* __restrict squares = part.squares.data();
  double* __restrict minimum = part.minimum.data();
  double* __restrict maximum = part.maximum.data();
  const float* __restrict first = x.data;
  for (Index i = 0; i < x.rows; ++i) {
    const float* __restrict row = x.row(i).data;
    for (Index j = 0; j < width; ++j) {
      const double value = row[j];
      mean[j] += value - static_cast<double>(first[j]);
      minimum[j] = std::min(minimum[j], value);
      maximum[j] = std::max(maximum[j], value);
    }
  }
  for (Index j = 0; j < width; ++j) mean[j] = static_cast<double>(first[j]) + mean[j] / static_cast<double>(x.rows);
  for (Index i = 0; i < x.rows; ++i) {
    const float* __restrict row = x.row(i).data;
    for (Index j = 0; j < width; ++j) {
      const double distance = row[j] - mean[j];
      squares[j] += distance * distance;
    }
  }
}

/// Chan, Golub, LeVeque 1979, eq. 2.1: sums of squares of two groups of rows together.
void join(const Part& next, Part& all) {
  const auto before = static_cast<double>(all.rows);
  const auto added = static_cast<double>(next.rows);
  const double sum = before + added;
  for (std::size_t j = 0; j < all.mean.size(); ++j) {
    const double distance = next.mean[j] - all.mean[j];
    all.mean[j] = all.rows ? all.mean[j] + distance * (added / sum) : next.mean[j];
    all.squares[j] += next.squares[j] + distance * distance * (before * added / sum);
    all.minimum[j] = std::min(all.minimum[j], next.minimum[j]);
    all.maximum[j] = std::max(all.maximum[j], next.maximum[j]);
  }
  all.rows += next.rows;
}

}  // namespace

ColumnSummary summarise(const Dataset& data, Index part, Context* context) {
  const Index width = data.spec().parts.at(static_cast<std::size_t>(part)).width;
  const Index block = std::clamp<Index>(values_in_block / std::max<Index>(width, 1), 16, 4096);
  const Index blocks = (data.rows() + block - 1) / block;
  const Index slots = std::min(blocks, blocks_at_once);
  Tensor memory = Tensor::matrix(slots * block, width);
  std::vector<Part> found(static_cast<std::size_t>(slots), Part(0));
  Part all(width);
  for (Index wave = 0; wave < blocks; wave += slots) {
    const Index now = std::min(slots, blocks - wave);
    parallel(now, [&](Index slot) {
      const Index first = (wave + slot) * block;
      const View<float> rows = memory.view().row_range(slot * block, std::min(block, data.rows() - first));
      data.read(part, first, rows.rows, rows);
      summarise_block(rows, found[static_cast<std::size_t>(slot)]);
    });
    for (Index slot = 0; slot < now; ++slot) join(found[static_cast<std::size_t>(slot)], all);
    if (context && data.rows() * width > values_worth_telling)
      context->progress(static_cast<double>(all.rows), static_cast<double>(data.rows()), "rows looked at");
  }
  ColumnSummary summary{all.rows, std::move(all.mean), std::move(all.squares), std::move(all.minimum),
                        std::move(all.maximum)};
  for (std::size_t j = 0; j < summary.mean.size(); ++j)
    if (!std::isfinite(summary.mean[j]))
      throw BadData(fmt::format("column {} of '{}' has values that are not finite", j + 1,
                                data.spec().parts[static_cast<std::size_t>(part)].name));
  for (double& value : summary.deviation) value = std::sqrt(value / static_cast<double>(std::max<Index>(all.rows, 1)));
  return summary;
}

}  // namespace harmonium
