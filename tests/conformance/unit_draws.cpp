#include "conformance/chi_squared.hpp"
#include "conformance/unit_laws.hpp"

namespace harmonium::conformance {

Index UnitLaws::cell_of(const float* x, const Sums& sums) const {
  const auto block = static_cast<std::size_t>(block_);
  const std::vector<double> state(x, x + block_);
  if (std::any_of(state.begin(), state.end(), [](double value) { return !std::isfinite(value); })) return -1;
  if (states_.continuous()) {
    if (states_.kind() == States::Kind::half_line && state[0] < states_.least()) return -1;
    const auto after = std::upper_bound(sums.states.begin(), sums.states.end(), state[0]);
    return std::max<Index>(0, after - sums.states.begin() - 1);
  }
  if (states_.kind() == States::Kind::counts) {
    const double at = state[0] - states_.least();
    if (at < 0 || at != std::round(at)) return -1;
    return std::min(static_cast<Index>(at), static_cast<Index>(sums.states.size()) - 1);
  }
  for (std::size_t i = 0; i * block < sums.states.size(); ++i)
    if (std::equal(state.begin(), state.end(), sums.states.begin() + static_cast<std::ptrdiff_t>(i * block)))
      return static_cast<Index>(i);
  return -1;
}

double UnitLaws::density_share(const Sums& sums, std::size_t i) {
  const auto weight = [&](std::size_t k) {
    return k == 0 || k + 1 == sums.share.size() ? 1.0 : k % 2 == 1 ? 4.0 : 2.0;
  };
  return 1.5 * (sums.share[i] / weight(i) + sums.share[i + 1] / weight(i + 1));
}

std::string UnitLaws::state_text(const Sums& sums, std::size_t i) const {
  const auto block = static_cast<std::size_t>(block_);
  const std::vector<double> state(sums.states.begin() + static_cast<std::ptrdiff_t>(i * block),
                                  sums.states.begin() + static_cast<std::ptrdiff_t>((i + 1) * block));
  return fmt::format("({:g})", fmt::join(state, ", "));
}

Tensor UnitLaws::repeated(const Case& one, Index row, Index rows) const {
  Tensor input = Tensor::matrix(rows, size_);
  for (Index i = 0; i < rows; ++i) std::copy_n(one.input.view().row(row).data, size_, input.view().row(i).data);
  return input;
}

template <class Draw>
void UnitLaws::follows(const Sums& sums, Index count, const Draw& draw, const Findings::Where& where) {
  std::vector<std::size_t> cell(sums.share.size());
  std::vector<double> probability, counts;
  if (states_.continuous()) {
    constexpr std::size_t cells = 32;
    double below = 0;
    probability.assign(cells, 0.0);
    // Trapezia: a point of Simpson's rule weighs 4 or 2, which would be noise in a cell. Shares of neighbours
    // together are even.
    for (std::size_t i = 0; i < cell.size(); ++i) {
      const double even = i + 1 < cell.size() ? density_share(sums, i) : 0;
      cell[i] = std::min(cells - 1, static_cast<std::size_t>((below + even / 2) * cells));
      probability[cell[i]] += even;
      below += even;
    }
  } else {
    probability = sums.share;
    for (std::size_t i = 0; i < cell.size(); ++i) cell[i] = i;
  }
  counts.assign(probability.size(), 0.0);
  std::vector<float> x(static_cast<std::size_t>(block_));
  for (Index d = 0; d < count; ++d) {
    draw(d, x.data());
    const Index found = cell_of(x.data(), sums);
    if (found < 0) {
      findings_.holds(false, [&] { return fmt::format("{}: drew {}, which is no state", where(), text_of(x)); });
      return;
    }
    ++counts[cell[static_cast<std::size_t>(found)]];
  }
  const double strange = testing::strangeness_of(counts, probability);
  findings_.holds(strange < 1, [&] {
    std::size_t worst = 0;
    const auto distance = [&](std::size_t i) {
      return std::abs(counts[i] / static_cast<double>(count) - probability[i]);
    };
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (distance(i) > distance(worst)) worst = i;
    double mean = 0, square = 0;
    for (Index d = 0; d < count; ++d) {
      draw(d, x.data());
      mean += static_cast<double>(x[0]) / static_cast<double>(count);
      square += static_cast<double>(x[0]) * static_cast<double>(x[0]) / static_cast<double>(count);
    }
    return fmt::format(
        "{}: chi-squared of {} draws is {:.3g} times what it may be; the draws have mean {:.4g} and variance {:.4g}, "
        "the distribution {:.4g} and {:.4g}{}",
        where(), count, strange, mean, square - mean * mean, sums.mean[0], sums.covariance[0],
        states_.continuous() ? ""
                             : fmt::format("; state {} has a share of {:.4g}, expected {:.4g}", state_text(sums, worst),
                                           counts[worst] / static_cast<double>(count), probability[worst]));
  });
}

template <class See>
void UnitLaws::each_drawn(const See& see) {
  for (std::size_t c = cases_.size() / 2; c < cases_.size(); ++c)
    for (const Index row : {Index{1}, Index{5}, Index{8}})
      see(cases_[c], row, 100 * c + static_cast<std::uint64_t>(row));
}

void UnitLaws::independent(const Case& one, Index row, const Tensor& state) {
  const std::vector<Sums>& sums = one.sums[static_cast<std::size_t>(row)];
  const auto mean = [&](Index j) {
    return sums[static_cast<std::size_t>(j / block_)].mean[static_cast<std::size_t>(j % block_)];
  };
  const auto variance = [&](Index j) {
    return sums[static_cast<std::size_t>(j / block_)].covariance[static_cast<std::size_t>(j % block_ * (block_ + 1))];
  };
  const View<const float> x = state.view();
  const auto covariance = [&](Index i, Index j, Index lag) {
    double sum = 0;
    for (Index d = 0; d + lag < x.rows; ++d)
      sum += (static_cast<double>(x(d, i)) - mean(i)) * (static_cast<double>(x(d + lag, j)) - mean(j));
    return sum / static_cast<double>(x.rows - lag);
  };
  for (Index i = 0; i < size_; ++i)
    for (Index j = 0; j <= i; ++j) {
      // The normal law of a mean of products asks for enough products that are not near zero.
      if (std::min(variance(i), variance(j)) < 0.01) continue;
      const double allowed = 1.2 * five_errors(variance(i) * variance(j), x.rows);
      if (i / block_ != j / block_)
        findings_.near(covariance(i, j, 0), 0, allowed, [&] {
          return fmt::format("the covariance of units {} and {}, of different blocks, {}", j + 1, i + 1,
                             row_place(one, row));
        });
      for (const Index lag : {Index{1}, Index{4}})
        if (i == j)
          findings_.near(covariance(i, i, lag), 0, allowed, [&] {
            return fmt::format("the covariance of a row and the {}. after it, {}", lag, place(one, row, i));
          });
    }
}

void UnitLaws::of_draws() {
  findings_.law("sample draws from the distribution, beside its mean", [&] {
    each_drawn([&](const Case& one, Index row, std::uint64_t seed) {
      const Tensor input = repeated(one, row, draws);
      Tensor mean = Tensor::matrix(draws, size_), state = mean;
      units_.sample(one.theta.view(), input.view(), Stream{seed}, mean.view(), state.view());
      for (Index b = 0; b < blocks(); ++b) {
        const Sums& sums = one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(b)];
        follows(
            sums, draws, [&](Index d, float* x) { std::copy_n(state.view().row(d).data + b * block_, block_, x); },
            [&] { return place(one, row, b * block_); });
        for (Index j = 0; j < block_; ++j)
          for (const Index d : {Index{0}, draws - 1})
            findings_.near(static_cast<double>(mean.view()(d, b * block_ + j)), sums.mean[static_cast<std::size_t>(j)],
                           1e-5 * (1 + std::abs(sums.mean[static_cast<std::size_t>(j)])),
                           [&] { return "the mean beside the draws, " + place(one, row, b * block_ + j); });
      }
      independent(one, row, state);
    });
  });
  findings_.law("sample_block draws from the same distribution, chains along the columns", [&] {
    each_drawn([&](const Case& one, Index row, std::uint64_t seed) {
      Tensor drawn = Tensor::matrix(draws, size_);
      for (Index b = 0; b < blocks(); ++b) {
        const Sums& sums = one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(b)];
        Tensor input = Tensor::matrix(block_, draws), mean = input, state = input;
        for (Index j = 0; j < block_; ++j)
          std::fill_n(input.view().row(j).data, draws, one.input.view()(row, b * block_ + j));
        units_.sample_block(one.theta.view().column_range(b * block_, block_), input.view(),
                            Stream{seed, 3, static_cast<std::uint64_t>(b * block_), 8}, mean.view(), state.view());
        follows(
            sums, draws,
            [&](Index d, float* x) {
              for (Index j = 0; j < block_; ++j) x[j] = state.view()(j, d);
            },
            [&] { return place(one, row, b * block_); });
        for (Index j = 0; j < block_; ++j) {
          findings_.near(static_cast<double>(mean.view()(j, draws - 1)), sums.mean[static_cast<std::size_t>(j)],
                         1e-5 * (1 + std::abs(sums.mean[static_cast<std::size_t>(j)])),
                         [&] { return "the mean beside the draws, " + place(one, row, b * block_ + j); });
          for (Index d = 0; d < draws; ++d) drawn.view()(d, b * block_ + j) = state.view()(j, d);
        }
      }
      independent(one, row, drawn);
    });
  });
}

void UnitLaws::of_approximate_draws() {
  findings_.law("mean is the expectation of what sample and sample_block draw", [&] {
    const Tensor inputs = sweep_of_inputs();
    const Tensor theta = theta_from(random_, 1);
    for (Index row = 0; row < inputs.rows(); ++row) {
      Tensor input = Tensor::matrix(draws, size_), mean = input, state = input;
      for (Index i = 0; i < draws; ++i) std::copy_n(inputs.view().row(row).data, size_, input.view().row(i).data);
      units_.sample(theta.view(), input.view(), Stream{static_cast<std::uint64_t>(row) + 5}, mean.view(), state.view());
      Tensor expected = Tensor::matrix(1, size_);
      units_.mean(theta.view(), input.view().row_range(0, 1), expected.view());
      for (Index j = 0; j < size_; ++j) {
        Tensor in = Tensor::matrix(block_, draws), block_mean = in, block_state = in;
        const Index first = j / block_ * block_;
        for (Index k = 0; k < block_; ++k) std::fill_n(in.view().row(k).data, draws, inputs.view()(row, first + k));
        units_.sample_block(theta.view().column_range(first, block_), in.view(),
                            Stream{9, 0, static_cast<std::uint64_t>(first)}, block_mean.view(), block_state.view());
        for (const bool by_block : {false, true}) {
          double sum = 0, squares = 0;
          for (Index d = 0; d < draws; ++d) {
            const auto x = static_cast<double>(by_block ? block_state.view()(j - first, d) : state.view()(d, j));
            sum += x / static_cast<double>(draws);
            squares += x * x / static_cast<double>(draws);
          }
          findings_.near(sum, static_cast<double>(expected.view()(0, j)),
                         five_errors(std::max(0.0, squares - sum * sum), draws) + 1e-4 * (1 + std::abs(sum)), [&] {
                           return fmt::format("{}, input {}, unit {}", by_block ? "sample_block" : "sample",
                                              text_of(inputs.view().row(row)), j + 1);
                         });
        }
      }
    }
  });
}

}  // namespace harmonium::conformance
