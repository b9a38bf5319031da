#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/views.hpp"

namespace harmonium::elementwise {

/// Passes over matrices, compiled for several instruction sets, the best of which is chosen at run time; each cut into
/// fixed blocks of rows over the team's threads. `bias` is one value a column, or empty for none. Input and output may
/// be the same matrix. All are finite for finite input.

/// out = 1 / (1 + exp(-(input + bias))).
HARMONIUM_API void sigmoid(View<const float> input, Span<const float> bias, View<float> out);
/// Both at once: mean = sigmoid(input + bias), state = 1 where a uniform draw of the stream is below it, else 0.
HARMONIUM_API void sigmoid_bernoulli(View<const float> input, Span<const float> bias, const Stream& stream,
                                     View<float> mean, View<float> state);
/// state = 1 where a uniform draw of the stream is below `probability`, else 0.
HARMONIUM_API void bernoulli(View<const float> probability, const Stream& stream, View<float> state);
/// out = exp(input + bias).
HARMONIUM_API void exp(View<const float> input, Span<const float> bias, View<float> out);
/// out = tanh(input + bias).
HARMONIUM_API void tanh(View<const float> input, Span<const float> bias, View<float> out);
/// out = log(1 + exp(input + bias)), without overflow.
HARMONIUM_API void softplus(View<const float> input, Span<const float> bias, View<float> out);
HARMONIUM_API void softplus(View<const double> input, Span<const double> bias, View<double> out);
/// sums[i] += sum over j of log(1 + exp(input(i, j) + bias[j])), terms and sums in double.
HARMONIUM_API void add_softplus_sums(View<const float> input, Span<const float> bias, Span<double> sums);
HARMONIUM_API void add_softplus_sums(View<const double> input, Span<const double> bias, Span<double> sums);
/// out = a x + b y, elementwise.
HARMONIUM_API void combine(float a, View<const float> x, float b, View<const float> y, View<float> out);
/// sums[j] += scale * sum over i of x(i, j). In fixed blocks, in double.
HARMONIUM_API void add_column_sums(View<const float> x, double scale, Span<double> sums);
/// sums[i] += scale * sum over j of x(i, j) (y(i, j) + bias[j]): four terms at a time in float, as exact as their
/// factors are, all else in double. `y` may be empty, for none.
HARMONIUM_API void add_row_dots(View<const float> x, View<const float> y, Span<const float> bias, double scale,
                                Span<double> sums);
/// The sum of (x - y)^2 over all elements, in double.
HARMONIUM_API double squared_distance(View<const float> x, View<const float> y);
/// Whether |value| <= bound for every value; nan is within no bound.
HARMONIUM_API bool within(View<const float> x, float bound);

/// The instruction set in use: "AVX-512", "AVX2" or "SSE2"; "baseline" on other architectures. The best that the
/// processor has, unless the environment's HARMONIUM_SIMD names avx512, avx2 or sse2.
HARMONIUM_API std::string instruction_set();

}  // namespace harmonium::elementwise
