#include "harmonium/random.hpp"

#include <xxhash.h>

#include <numeric>
#include <stdexcept>
#include <utility>

#include "numerics/instruction_sets.hpp"
#include "numerics/place.hpp"
#include "numerics/row_blocks.hpp"

namespace harmonium {
namespace {

std::array<std::uint32_t, 2> halves(std::uint64_t word) {
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

/// Rows have 32 bits of the counter. Those above it change the key, and leave it alone while they are zero.
std::uint64_t key_of_row(std::uint64_t key, std::uint64_t row) { return key ^ ((row >> 32) * 0x9E3779B97F4A7C15U); }

/// 64-bit words one after the other, at one place of a stream that nothing else uses.
class Sequence {
 public:
  /// Key = hash(key, purpose, column), so that the column's word of the counter is free to count.
  Sequence(const Stream& stream, Text purpose) {
    const Stream own = stream.purpose(purpose);
    const std::uint64_t key = XXH3_64bits_withSeed(&own.first_column, sizeof own.first_column, own.key);
    key_ = halves(key_of_row(key, stream.first_row));
    const auto [step_low, step_high] = halves(stream.step);
    counter_ = {step_low, step_high, static_cast<std::uint32_t>(stream.first_row), 0};
  }
  std::uint64_t next() {
    const auto words = philox4x32(counter_, key_);
    ++counter_[3];
    return words[0] | static_cast<std::uint64_t>(words[1]) << 32;
  }
  /// Uniform on 0 .. bound-1. Lemire 2019, "Fast random integer generation in an interval", algorithm 5.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(next()) * bound;
    if (static_cast<std::uint64_t>(product) < bound) {
      const std::uint64_t threshold = -bound % bound;
      while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Wide>(next()) * bound;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
};

}  // namespace

Stream Stream::purpose(Text name) const {
  Stream other = *this;
  other.key = XXH3_64bits_withSeed(name.data, static_cast<std::size_t>(name.size), key);
  return other;
}

std::array<std::uint32_t, 4> philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const auto [low0, high0] = halves(std::uint64_t{0xD2511F53} * counter[0]);
    const auto [low1, high1] = halves(std::uint64_t{0xCD9E8D57} * counter[2]);
    counter = {high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

Place place_of(const Stream& stream, Index row) {
  if (stream.first_column % 4 != 0) throw std::logic_error("random stream: the first column is not a multiple of four");
  if (stream.first_column >> 34 != 0) throw std::logic_error("random stream: the first column lies beyond 2^34");
  const std::uint64_t global_row = stream.first_row + static_cast<std::uint64_t>(row);
  const auto [key_low, key_high] = halves(key_of_row(stream.key, global_row));
  const auto [step_low, step_high] = halves(stream.step);
  return {{key_low, key_high},
          {step_low, step_high, static_cast<std::uint32_t>(global_row),
           static_cast<std::uint32_t>(stream.first_column / 4)}};
}

void uniform(const Stream& stream, View<float> out) {
  const auto draw = kernels().uniform;
  for_rows(out, transcendental, [&](Index i) { draw(place_of(stream, i), out.row(i).data, out.columns); });
}

void normal(const Stream& stream, View<float> out) {
  const auto draw = kernels().normal;
  for_rows(out, transcendental, [&](Index i) { draw(place_of(stream, i), out.row(i).data, out.columns); });
}

void permutation(const Stream& stream, Span<Index> out) {
  if (out.size > Index{1} << 31) throw std::logic_error("permutation: more than 2^31 elements");
  std::iota(out.begin(), out.end(), Index{0});
  Sequence sequence(stream, "permutation");
  for (Index last = out.size - 1; last > 0; --last)
    std::swap(out[last], out[static_cast<Index>(sequence.below(static_cast<std::uint64_t>(last) + 1))]);
}

std::uint64_t uniform_integer(const Stream& stream, std::uint64_t bound) {
  if (bound == 0) throw std::logic_error("uniform_integer: no integer lies below 0");
  return Sequence(stream, "integer").below(bound);
}

}  // namespace harmonium
