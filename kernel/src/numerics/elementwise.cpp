#include "harmonium/elementwise.hpp"

#include <array>
#include <atomic>
#include <stdexcept>

#include "numerics/instruction_sets.hpp"
#include "numerics/place.hpp"
#include "numerics/row_blocks.hpp"

namespace harmonium::elementwise {
namespace {

std::string shape(Index rows, Index columns) { return std::to_string(rows) + " x " + std::to_string(columns); }

template <class T, class U>
void demand_same_shape(const char* operation, View<T> x, View<U> y) {
  if (x.rows != y.rows || x.columns != y.columns)
    throw std::logic_error(std::string(operation) + ": a matrix of " + shape(x.rows, x.columns) + " and one of " +
                           shape(y.rows, y.columns));
}

template <class T>
void demand_size(const char* operation, const char* what, Span<T> values, Index expected) {
  if (values.size != expected)
    throw std::logic_error(std::string(operation) + ": " + std::to_string(values.size) + " " + what + " where " +
                           std::to_string(expected) + " are needed");
}

/// The biases' address, null for none.
template <class T>
const T* bias_of(const char* operation, Span<const T> bias, Index columns) {
  if (bias.empty()) return nullptr;
  demand_size(operation, "biases", bias, columns);
  return bias.data;
}

/// Calls run(row, n) for runs of n elements that begin at that row and cover a matrix of x's shape: rows, or a whole
/// block of them where `joined` says that they follow each other in memory and their columns are alike.
template <class T, class Run>
void for_runs(View<T> x, Index elements, bool joined, Run&& run) {
  if (x.empty()) return;
  const RowBlocks blocks(x.rows, x.columns, elements);
  parallel(blocks.count, [&](Index block) {
    const Index first = blocks.first(block);
    const Index size = blocks.size(block);
    if (joined) {
      run(first, size * x.columns);
    } else {
      for (Index i = first; i < first + size; ++i) run(i, x.columns);
    }
  });
}

template <class T>
void map(const char* operation, void (*kernel)(const T*, const T*, T*, std::int64_t), View<const T> input,
         Span<const T> bias, View<T> out) {
  demand_same_shape(operation, input, out);
  const T* biases = bias_of(operation, bias, input.columns);
  const bool joined = biases == nullptr && input.contiguous() && out.contiguous();
  for_runs(input, transcendental, joined,
           [&](Index i, Index n) { kernel(input.row(i).data, biases, out.row(i).data, n); });
}

template <class T>
void add_sums(double (*kernel)(const T*, const T*, std::int64_t), View<const T> input, Span<const T> bias,
              Span<double> sums) {
  demand_size("add_softplus_sums", "sums", sums, input.rows);
  const T* biases = bias_of("add_softplus_sums", bias, input.columns);
  for_rows(input, transcendental, [&](Index i) { sums[i] += kernel(input.row(i).data, biases, input.columns); });
}

}  // namespace

void sigmoid(View<const float> input, Span<const float> bias, View<float> out) {
  map("sigmoid", kernels().sigmoid, input, bias, out);
}

void sigmoid_bernoulli(View<const float> input, Span<const float> bias, const Stream& stream, View<float> mean,
                       View<float> state) {
  demand_same_shape("sigmoid_bernoulli", input, mean);
  demand_same_shape("sigmoid_bernoulli", input, state);
  const float* biases = bias_of("sigmoid_bernoulli", bias, input.columns);
  const auto kernel = kernels().sigmoid_bernoulli;
  for_rows(input, transcendental, [&](Index i) {
    kernel(input.row(i).data, biases, place_of(stream, i), mean.row(i).data, state.row(i).data, input.columns);
  });
}

void bernoulli(View<const float> probability, const Stream& stream, View<float> state) {
  demand_same_shape("bernoulli", probability, state);
  const auto kernel = kernels().bernoulli;
  for_rows(probability, transcendental, [&](Index i) {
    kernel(probability.row(i).data, place_of(stream, i), state.row(i).data, probability.columns);
  });
}

void exp(View<const float> input, Span<const float> bias, View<float> out) {
  map("exp", kernels().exp, input, bias, out);
}

void tanh(View<const float> input, Span<const float> bias, View<float> out) {
  map("tanh", kernels().tanh, input, bias, out);
}

void softplus(View<const float> input, Span<const float> bias, View<float> out) {
  map("softplus", kernels().softplus, input, bias, out);
}

void softplus(View<const double> input, Span<const double> bias, View<double> out) {
  map("softplus", kernels().softplus_double, input, bias, out);
}

void add_softplus_sums(View<const float> input, Span<const float> bias, Span<double> sums) {
  add_sums(kernels().softplus_sum, input, bias, sums);
}

void add_softplus_sums(View<const double> input, Span<const double> bias, Span<double> sums) {
  add_sums(kernels().softplus_sum_double, input, bias, sums);
}

void combine(float a, View<const float> x, float b, View<const float> y, View<float> out) {
  demand_same_shape("combine", x, y);
  demand_same_shape("combine", x, out);
  const auto kernel = kernels().combine;
  const bool joined = x.contiguous() && y.contiguous() && out.contiguous();
  for_runs(x, arithmetic, joined,
           [&](Index i, Index n) { kernel(a, x.row(i).data, b, y.row(i).data, out.row(i).data, n); });
}

void add_column_sums(View<const float> x, double scale, Span<double> sums) {
  demand_size("add_column_sums", "sums", sums, x.columns);
  if (x.empty()) return;
  // Cut by columns: each sum is one thread's, added up in the order of the rows.
  const Index unit = 64;
  const Index width = std::max(unit, arithmetic / x.rows / unit * unit);
  const auto kernel = kernels().add_column_sums;
  parallel((x.columns + width - 1) / width, [&](Index block) {
    const Index first = block * width;
    kernel(x.data + first, x.rows, x.stride, scale, sums.data + first, std::min(width, x.columns - first));
  });
}

void add_row_dots(View<const float> x, View<const float> y, Span<const float> bias, double scale, Span<double> sums) {
  demand_size("add_row_dots", "sums", sums, x.rows);
  if (!y.empty()) demand_same_shape("add_row_dots", x, y);
  const float* biases = bias_of("add_row_dots", bias, x.columns);
  if (y.empty() && biases == nullptr) return;
  const auto kernel = kernels().dot;
  // Nothing is written and the states have just been: so many take thirty microseconds.
  for_rows(x, 4 * arithmetic, [&](Index i) {
    sums[i] += scale * kernel(x.row(i).data, y.empty() ? nullptr : y.row(i).data, biases, x.columns);
  });
}

double squared_distance(View<const float> x, View<const float> y) {
  demand_same_shape("squared_distance", x, y);
  if (x.empty()) return 0;
  // At most so many blocks, so that their sums need no allocation.
  std::array<double, 64> sums{};
  const Index most = static_cast<Index>(sums.size());
  const Index elements = std::max(arithmetic, x.columns * ((x.rows + most - 1) / most));
  const RowBlocks blocks(x.rows, x.columns, elements);
  const auto kernel = kernels().squared_distance;
  parallel(blocks.count, [&](Index block) {
    double& sum = sums[static_cast<std::size_t>(block)];
    const Index first = blocks.first(block);
    for (Index i = first; i < first + blocks.size(block); ++i) sum += kernel(x.row(i).data, y.row(i).data, x.columns);
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

bool within(View<const float> x, float bound) {
  std::atomic<bool> all = true;
  const auto kernel = kernels().within;
  for_runs(x, arithmetic, x.contiguous(), [&](Index i, Index n) {
    if (!kernel(x.row(i).data, bound, n)) all.store(false, std::memory_order_relaxed);
  });
  return all;
}

}  // namespace harmonium::elementwise
