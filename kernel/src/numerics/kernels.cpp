#include "numerics/kernels.hpp"

#if defined(__x86_64__)
// Its functions are always inlined: they leave no copies behind. Some of GCC 12's begin with a value left undefined.
#if !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#if !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#endif

// Compiled once for each instruction set, see kernels.hpp. Every function here but the table is local to its copy.
//
// Values pass through aligned buffers in whole groups of `lanes`, the last of a row padded with zeros, and every loop
// over a group is one the compiler turns into vectors without a remainder. A remainder would call the scalar functions
// of the C library, whose last bit differs from that of the vector ones: an element's value would depend on its column.

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__OPTIMIZE__) && !defined(__clang__)
// The C library's header promises its vector functions only under -ffast-math.
#define HARMONIUM_VECTOR __attribute__((simd("notinbranch")))
#else
#define HARMONIUM_VECTOR
#endif

extern "C" {
HARMONIUM_VECTOR float logf(float) noexcept;
HARMONIUM_VECTOR float log1pf(float) noexcept;
HARMONIUM_VECTOR float tanhf(float) noexcept;
HARMONIUM_VECTOR float sinf(float) noexcept;
HARMONIUM_VECTOR float cosf(float) noexcept;
HARMONIUM_VECTOR double exp(double) noexcept;
HARMONIUM_VECTOR double log1p(double) noexcept;
}

namespace {

using harmonium::Place;
using Size = std::int64_t;
using Word = std::uint32_t;

constexpr int lanes = 16;
constexpr int chunk = 64;

#define HARMONIUM_LANES _Pragma("omp simd") for (int l = 0; l < lanes; ++l)

/// Values of up to 64 columns, padded with zeros.
template <class T>
struct Chunk {
  alignas(64) T values[chunk];

  T* group(int first) { return static_cast<T*>(__builtin_assume_aligned(values + first, 64)); }
};

int live(Size n, Size first) { return n - first < chunk ? static_cast<int>(n - first) : chunk; }

template <class To, class From>
void load(Chunk<To>& to, const From* from, int count) {
  if (count == chunk) {
    for (int j = 0; j < chunk; ++j) to.values[j] = static_cast<To>(from[j]);
  } else {
    for (int j = 0; j < chunk; ++j) to.values[j] = 0;
    for (int j = 0; j < count; ++j) to.values[j] = static_cast<To>(from[j]);
  }
}

template <class T>
void store(T* to, const Chunk<T>& from, int count) {
  if (count == chunk) {
    __builtin_memcpy(to, from.values, sizeof from.values);
  } else {
    for (int j = 0; j < count; ++j) to[j] = from.values[j];
  }
}

// Every pass begins with it: as a call of its own it takes a fiftieth of an epoch of contrastive divergence.
template <class To, class From>
__attribute__((always_inline)) inline void load_biased(Chunk<To>& x, const From* input, const From* bias, Size first,
                                                       int count) {
  if (bias != nullptr && count == chunk) {
    for (int j = 0; j < chunk; ++j) x.values[j] = static_cast<To>(input[first + j]) + static_cast<To>(bias[first + j]);
    return;
  }
  load(x, input + first, count);
  if (bias == nullptr) return;
  Chunk<To> b;
  load(b, bias + first, count);
  for (int j = 0; j < chunk; ++j) x.values[j] += b.values[j];
}

/// out = map(input + bias), `map` being a plain expression of one value.
template <class T, class Map>
void map_row(const T* input, const T* bias, T* out, Size n, Map map) {
  for (Size first = 0; first < n; first += chunk) {
    const int count = live(n, first);
    Chunk<T> x;
    load_biased(x, input, bias, first, count);
    for (int g = 0; g < count; g += lanes) {
      T* values = x.group(g);
      HARMONIUM_LANES values[l] = map(values[l]);
    }
    store(out + first, x, count);
  }
}

// A comparison with a nan is false: written so, the bounds let it through.
template <class T>
T at_least(T low, T x) {
  return x < low ? low : x;
}
template <class T>
T at_most(T high, T x) {
  return x > high ? high : x;
}

/// exp(x) for x between -87.33 and 88.37, where neither it nor the power of two within is denormal or infinite; nan for
/// nan. The polynomial of Cephes' expf (Moshier 1992) for the fraction. Inlined it takes 0.13 ns a sigmoid, the C
/// library's vector function 0.30 (AVX-512), with half of its error.
float exp_inside(float x) {
  constexpr float round_to_integer = 0x1.8p23f;
  const float shifted = x * 1.44269504f + round_to_integer;
  const float integer = shifted - round_to_integer;
  const float fraction = x - integer * 0.693359375f + integer * 2.12194440e-4f;
  float q = 1.9875691500e-4f;
  q = q * fraction + 1.3981999507e-3f;
  q = q * fraction + 8.3334519073e-3f;
  q = q * fraction + 4.1665795894e-2f;
  q = q * fraction + 1.6666665459e-1f;
  q = q * fraction + 5.0000001201e-1f;
  q = q * (fraction * fraction) + fraction + 1.0f;
  const Word exponent_bits = (__builtin_bit_cast(Word, shifted) + 127) << 23;
  return q * __builtin_bit_cast(float, exponent_bits);
}

/// Between exp(-87) and exp(87) neither exp nor its reciprocal overflows or loses digits.
float sigmoid_of(float x) {
  const float magnitude = at_most(87.0f, __builtin_fabsf(x));
  return 1.0f / (1.0f + exp_inside(-__builtin_copysignf(magnitude, x)));
}

float exp_of(float x) { return exp_inside(at_most(88.37f, at_least(-87.33f, x))); }

float softplus_of(float x) {
  const float magnitude = at_most(87.0f, __builtin_fabsf(x));
  return at_least(0.0f, x) + log1pf(exp_inside(-magnitude));
}

double softplus_of(double x) {
  const double magnitude = at_most(700.0, __builtin_fabs(x));
  return at_least(0.0, x) + log1p(exp(-magnitude));
}

void sigmoid(const float* input, const float* bias, float* out, Size n) {
  map_row(input, bias, out, n, [](float x) { return sigmoid_of(x); });
}

void exponential(const float* input, const float* bias, float* out, Size n) {
  map_row(input, bias, out, n, [](float x) { return exp_of(x); });
}

void hyperbolic_tangent(const float* input, const float* bias, float* out, Size n) {
  map_row(input, bias, out, n, [](float x) { return tanhf(x); });
}

void softplus(const float* input, const float* bias, float* out, Size n) {
  map_row(input, bias, out, n, [](float x) { return softplus_of(x); });
}

void softplus_double(const double* input, const double* bias, double* out, Size n) {
  map_row(input, bias, out, n, [](double x) { return softplus_of(x); });
}

/// Sums of lane l of every group, so that the order of additions is the same for every width of vectors.
struct Sums {
  alignas(64) double values[lanes] = {};

  double total() {
    for (int half = lanes / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) values[l] += values[l + half];
    return values[0];
  }
};

/// Of max(0, x) + log(1 + exp(-|x|)): the logarithms of a lane's terms are that of their product, of which there is
/// one.
template <class T>
double softplus_sum_of(const T* input, const T* bias, Size n) {
  Sums sums;
  alignas(64) double product[lanes];
  for (double& factor : product) factor = 1;
  const auto take_logarithms = [&] {
    HARMONIUM_LANES sums.values[l] += log1p(product[l] - 1);
    for (double& factor : product) factor = 1;
  };
  // No factor is above 2.
  constexpr Size most = 900 / (chunk / lanes);
  Size chunks = 0;
  for (Size first = 0; first < n; first += chunk) {
    const int count = live(n, first);
    Chunk<double> x;
    load_biased(x, input, bias, first, count);
    for (int j = count; j < chunk; ++j) x.values[j] = -__builtin_inf();
    for (int g = 0; g < count; g += lanes) {
      const double* values = x.group(g);
      HARMONIUM_LANES {
        product[l] *= 1 + exp(-at_most(700.0, __builtin_fabs(values[l])));
        sums.values[l] += at_least(0.0, values[l]);
      }
    }
    if (++chunks % most == 0) take_logarithms();
  }
  take_logarithms();
  return sums.total();
}

double softplus_sum(const float* input, const float* bias, Size n) { return softplus_sum_of(input, bias, n); }

double softplus_sum_double(const double* input, const double* bias, Size n) { return softplus_sum_of(input, bias, n); }

// 64-bit lanes, whose lower halves multiply to whole products in one instruction; from a plain loop the compiler makes
// code that takes twice as long.
#if defined(__AVX512F__)
constexpr int wide_lanes = 8;
#elif defined(__AVX2__)
constexpr int wide_lanes = 4;
#else
constexpr int wide_lanes = 2;
#endif
using Wide = std::uint64_t __attribute__((vector_size(8 * wide_lanes)));

Wide product_of_lower_halves(Wide a, Wide b) {
#if defined(__AVX512F__)
  return reinterpret_cast<Wide>(_mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
#elif defined(__AVX2__)
  return reinterpret_cast<Wide>(_mm256_mul_epu32(reinterpret_cast<__m256i>(a), reinterpret_cast<__m256i>(b)));
#elif defined(__SSE2__)
  return reinterpret_cast<Wide>(_mm_mul_epu32(reinterpret_cast<__m128i>(a), reinterpret_cast<__m128i>(b)));
#else
  return (a & 0xFFFFFFFF) * (b & 0xFFFFFFFF);
#endif
}

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011, section 4.3) at the 16 blocks of the 64 columns from `first`. The
/// upper halves of the lanes hold rubbish that no round reads.
void draw(const Place& place, Size first, Chunk<Word>& words) {
  constexpr int blocks = chunk / 4;
  constexpr int together = 2;  // Two chains of dependent rounds keep the multipliers busy.
  constexpr Wide zero = {};
  constexpr Wide lower_half = zero + 0xFFFFFFFF;
  constexpr Wide multiplier0 = zero + 0xD2511F53;
  constexpr Wide multiplier1 = zero + 0xCD9E8D57;
  Wide lane;
  for (int l = 0; l < wide_lanes; ++l) lane[l] = static_cast<std::uint64_t>(l);
  const std::uint64_t first_block = place.counter[3] + static_cast<std::uint64_t>(first / 4);
  alignas(64) std::uint64_t even[blocks], odd[blocks];
  for (int block = 0; block < blocks; block += wide_lanes * together) {
    Wide c0[together], c1[together], c2[together], c3[together];
    for (int h = 0; h < together; ++h) {
      c0[h] = zero + place.counter[0];
      c1[h] = zero + place.counter[1];
      c2[h] = zero + place.counter[2];
      c3[h] = lane + (first_block + static_cast<std::uint64_t>(block + h * wide_lanes));
    }
    Word k0 = place.key[0], k1 = place.key[1];
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      for (int h = 0; h < together; ++h) {
        const Wide product0 = product_of_lower_halves(c0[h], multiplier0);
        const Wide product1 = product_of_lower_halves(c2[h], multiplier1);
        c0[h] = (product1 >> 32) ^ c1[h] ^ (zero + k0);
        c1[h] = product1;
        c2[h] = (product0 >> 32) ^ c3[h] ^ (zero + k1);
        c3[h] = product0;
      }
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
    for (int h = 0; h < together; ++h) {
      const Wide words01 = (c0[h] & lower_half) | (c1[h] << 32);
      const Wide words23 = (c2[h] & lower_half) | (c3[h] << 32);
      __builtin_memcpy(even + block + h * wide_lanes, &words01, sizeof words01);
      __builtin_memcpy(odd + block + h * wide_lanes, &words23, sizeof words23);
    }
  }
  alignas(64) std::uint64_t pairs[2 * blocks];
  for (int block = 0; block < blocks; ++block) {
    pairs[2 * block] = even[block];
    pairs[2 * block + 1] = odd[block];
  }
  __builtin_memcpy(words.values, pairs, sizeof pairs);
}

/// (word >> 9 + 1/2) / 2^23: every step is exact, so a comparison gives the same bit on every instruction set.
float unit_interval(Word word) { return (static_cast<float>(static_cast<std::int32_t>(word >> 9)) + 0.5f) * 0x1p-23f; }

void draw_states(const Place& place, Size first, Chunk<float>& probability, Chunk<float>& state) {
  Chunk<Word> words;
  draw(place, first, words);
  for (int g = 0; g < chunk; g += lanes) {
    const Word* w = words.group(g);
    const float* p = probability.group(g);
    float* s = state.group(g);
    HARMONIUM_LANES s[l] = unit_interval(w[l]) < p[l] ? 1.0f : 0.0f;
  }
}

void sigmoid_bernoulli(const float* input, const float* bias, const Place& place, float* mean, float* state, Size n) {
  for (Size first = 0; first < n; first += chunk) {
    const int count = live(n, first);
    Chunk<float> x, drawn;
    load_biased(x, input, bias, first, count);
    for (int g = 0; g < count; g += lanes) {
      float* values = x.group(g);
      HARMONIUM_LANES values[l] = sigmoid_of(values[l]);
    }
    draw_states(place, first, x, drawn);
    store(mean + first, x, count);
    store(state + first, drawn, count);
  }
}

void bernoulli(const float* probability, const Place& place, float* state, Size n) {
  for (Size first = 0; first < n; first += chunk) {
    const int count = live(n, first);
    Chunk<float> x, drawn;
    load(x, probability + first, count);
    draw_states(place, first, x, drawn);
    store(state + first, drawn, count);
  }
}

void uniform(const Place& place, float* out, Size n) {
  for (Size first = 0; first < n; first += chunk) {
    Chunk<Word> words;
    Chunk<float> x;
    draw(place, first, words);
    for (int g = 0; g < chunk; g += lanes) {
      const Word* w = words.group(g);
      float* values = x.group(g);
      HARMONIUM_LANES values[l] = unit_interval(w[l]);
    }
    store(out + first, x, live(n, first));
  }
}

/// Radius from 31 bits, which reach 6.6 standard deviations (23 bits: 5.7), angle from 23.
void normal(const Place& place, float* out, Size n) {
  constexpr float two_pi = 6.283185307f;
  for (Size first = 0; first < n; first += chunk) {
    Chunk<Word> words;
    Chunk<float> x;
    draw(place, first, words);
    for (int g = 0; g < chunk; g += 2 * lanes) {
      const Word* w = words.group(g);
      float* values = x.group(g);
      alignas(64) float radius[lanes], angle[lanes], sine[lanes], cosine[lanes];
      for (int l = 0; l < lanes; ++l) {
        radius[l] = (static_cast<float>(static_cast<std::int32_t>(w[2 * l] >> 1)) + 0.5f) * 0x1p-31f;
        angle[l] = two_pi * (unit_interval(w[2 * l + 1]) - 0.5f);
      }
      HARMONIUM_LANES radius[l] = __builtin_sqrtf(-2.0f * logf(radius[l]));
      HARMONIUM_LANES sine[l] = sinf(angle[l]);
      HARMONIUM_LANES cosine[l] = cosf(angle[l]);
      for (int l = 0; l < lanes; ++l) {
        values[2 * l] = radius[l] * cosine[l];
        values[2 * l + 1] = radius[l] * sine[l];
      }
    }
    store(out + first, x, live(n, first));
  }
}

// Of the passes below each element's value, or the order of a sum, is the same in a remainder: they run on the rows
// themselves.

void combine(float a, const float* x, float b, const float* y, float* out, Size n) {
#if defined(__FMA__)
  // Said explicitly: the compiler may fuse either product.
  for (Size j = 0; j < n; ++j) out[j] = __builtin_fmaf(a, x[j], b * y[j]);
#else
  for (Size j = 0; j < n; ++j) out[j] = a * x[j] + b * y[j];
#endif
}

/// So many rows of one group of columns stay in registers while the depth goes by.
template <int height>
void add_outer_tile(const float* weights, Size weights_stride, const float* x, Size x_stride, Size depth, float* out,
                    Size out_stride) {
  typedef float Group __attribute__((vector_size(lanes * sizeof(float))));
  Group sums[height], values;
  for (int i = 0; i < height; ++i) __builtin_memcpy(&sums[i], out + i * out_stride, sizeof(Group));
  for (Size k = 0; k < depth; ++k) {
    __builtin_memcpy(&values, x + k * x_stride, sizeof(Group));
    for (int i = 0; i < height; ++i) sums[i] += weights[k * weights_stride + i] * values;
  }
  for (int i = 0; i < height; ++i) __builtin_memcpy(out + i * out_stride, &sums[i], sizeof(Group));
}

void add_outer(const float* weights, Size weights_stride, const float* x, Size x_stride, Size depth, float* out,
               Size out_stride, Size rows, Size n) {
  for (Size j = 0; j < n; j += lanes) {
    Size i = 0;
    for (; i + 4 <= rows; i += 4)
      add_outer_tile<4>(weights + i, weights_stride, x + j, x_stride, depth, out + i * out_stride + j, out_stride);
    for (; i < rows; ++i)
      add_outer_tile<1>(weights + i, weights_stride, x + j, x_stride, depth, out + i * out_stride + j, out_stride);
  }
}

void add_column_sums(const float* x, Size rows, Size stride, double scale, double* sums, Size n) {
  for (Size first = 0; first < n; first += chunk) {
    const int count = live(n, first);
    Chunk<double> total;
    for (int j = 0; j < chunk; ++j) total.values[j] = 0;
    for (Size i = 0; i < rows; ++i) {
      const float* row = x + i * stride + first;
      if (count == chunk) {
#pragma omp simd
        for (int j = 0; j < chunk; ++j) total.values[j] += static_cast<double>(row[j]);
      } else {
        for (int j = 0; j < count; ++j) total.values[j] += static_cast<double>(row[j]);
      }
    }
    for (int j = 0; j < count; ++j) sums[first + j] += scale * total.values[j];
  }
}

double dot(const float* x, const float* y, const float* bias, Size n) {
  // One of the two alone is the same sum with the other as bias.
  if (y == nullptr) {
    y = bias;
    bias = nullptr;
  }
  Sums sums;
  // Four products at a time are added in float: as exact as their factors are, and twice as fast as in double.
  Size first = 0;
  for (; first + chunk <= n; first += chunk) {
    alignas(64) float few[lanes] = {};
    for (Size g = first; g < first + chunk; g += lanes) {
      if (bias == nullptr) {
        HARMONIUM_LANES few[l] += x[g + l] * y[g + l];
      } else {
        HARMONIUM_LANES few[l] += x[g + l] * (y[g + l] + bias[g + l]);
      }
    }
    HARMONIUM_LANES sums.values[l] += static_cast<double>(few[l]);
  }
  for (; first < n; ++first) {
    const float factor = bias == nullptr ? y[first] : y[first] + bias[first];
    sums.values[first % lanes] += static_cast<double>(x[first]) * static_cast<double>(factor);
  }
  return sums.total();
}

double squared_distance(const float* x, const float* y, Size n) {
  Sums sums;
  Size first = 0;
  for (; first + lanes <= n; first += lanes) {
    HARMONIUM_LANES {
      const double difference = static_cast<double>(x[first + l]) - static_cast<double>(y[first + l]);
      sums.values[l] += difference * difference;
    }
  }
  for (int l = 0; first + l < n; ++l) {
    const double difference = static_cast<double>(x[first + l]) - static_cast<double>(y[first + l]);
    sums.values[l] += difference * difference;
  }
  return sums.total();
}

bool within(const float* x, float bound, Size n) {
  // nan is not within any bound.
  alignas(64) int outside[lanes] = {};
  Size first = 0;
  for (; first + lanes <= n; first += lanes)
    HARMONIUM_LANES outside[l] |= __builtin_fabsf(x[first + l]) <= bound ? 0 : 1;
  for (int l = 0; first + l < n; ++l) outside[l] |= __builtin_fabsf(x[first + l]) <= bound ? 0 : 1;
  int any = 0;
  for (int l = 0; l < lanes; ++l) any |= outside[l];
  return any == 0;
}

#if !defined(__x86_64__)
constexpr const char* name = "baseline";
#elif defined(__AVX512F__)
constexpr const char* name = "AVX-512";
#elif defined(__AVX2__)
constexpr const char* name = "AVX2";
#else
constexpr const char* name = "SSE2";
#endif

}  // namespace

constinit const harmonium::Kernels harmonium::HARMONIUM_KERNELS = {
    .name = name,
    .sigmoid = sigmoid,
    .sigmoid_bernoulli = sigmoid_bernoulli,
    .bernoulli = bernoulli,
    .exp = exponential,
    .tanh = hyperbolic_tangent,
    .softplus = softplus,
    .softplus_double = softplus_double,
    .softplus_sum = softplus_sum,
    .softplus_sum_double = softplus_sum_double,
    .combine = combine,
    .add_outer = add_outer,
    .add_column_sums = add_column_sums,
    .dot = dot,
    .squared_distance = squared_distance,
    .within = within,
    .uniform = uniform,
    .normal = normal,
};
