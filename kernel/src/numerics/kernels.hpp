#pragma once

// Read by files that are compiled for several instruction sets, of whose inline functions the linker would keep one
// copy, perhaps the one this processor cannot run: no templates and no inline functions here or in what this includes.
#include <cstdint>

namespace harmonium {

/// Where the first of a row's random numbers lies: Philox's key and counter, the block of columns in its last word.
struct Place {
  std::uint32_t key[2];
  std::uint32_t counter[4];
};

/// The passes over one row of n values, or over several rows that follow each other in memory, for one instruction set.
/// What is computed of an element depends on its value alone, never on its column, n or an address; sums depend on the
/// columns of their terms. `bias` may be null; input and output may be the same.
struct Kernels {
  const char* name;
  void (*sigmoid)(const float* input, const float* bias, float* out, std::int64_t n);
  void (*sigmoid_bernoulli)(const float* input, const float* bias, const Place& place, float* mean, float* state,
                            std::int64_t n);
  void (*bernoulli)(const float* probability, const Place& place, float* state, std::int64_t n);
  void (*exp)(const float* input, const float* bias, float* out, std::int64_t n);
  void (*tanh)(const float* input, const float* bias, float* out, std::int64_t n);
  void (*softplus)(const float* input, const float* bias, float* out, std::int64_t n);
  void (*softplus_double)(const double* input, const double* bias, double* out, std::int64_t n);
  double (*softplus_sum)(const float* input, const float* bias, std::int64_t n);
  double (*softplus_sum_double)(const double* input, const double* bias, std::int64_t n);
  void (*combine)(float a, const float* x, float b, const float* y, float* out, std::int64_t n);
  /// out(i, j) += sum over k of weights(k, i) x(k, j), for n columns, a multiple of 16: what `depth` units send to
  /// `rows` others, too small for a matrix product's preparations.
  void (*add_outer)(const float* weights, std::int64_t weights_stride, const float* x, std::int64_t x_stride,
                    std::int64_t depth, float* out, std::int64_t out_stride, std::int64_t rows, std::int64_t n);
  /// sums[j] += scale * the sum over the rows of x(i, j), for n columns.
  void (*add_column_sums)(const float* x, std::int64_t rows, std::int64_t stride, double scale, double* sums,
                          std::int64_t n);
  /// The sum of x (y + bias); y may be null, and so may bias, but not both.
  double (*dot)(const float* x, const float* y, const float* bias, std::int64_t n);
  double (*squared_distance)(const float* x, const float* y, std::int64_t n);
  bool (*within)(const float* x, float bound, std::int64_t n);
  void (*uniform)(const Place& place, float* out, std::int64_t n);
  void (*normal)(const Place& place, float* out, std::int64_t n);
};

extern const Kernels kernels_baseline;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;

}  // namespace harmonium
