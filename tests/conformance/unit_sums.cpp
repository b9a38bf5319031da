#include "conformance/unit_laws.hpp"

namespace harmonium::conformance {

bool UnitLaws::can_be_summed() {
  findings_.law("add_energy and add_statistics say for every state what it weighs, and the weights have a sum", [&] {
    for (Case& one : cases_)
      for (Index row = 0; row < one.input.rows(); ++row) {
        std::vector<Sums> sums;
        for (Index b = 0; b < blocks(); ++b) {
          sums.push_back(states_.sum(units_, one.theta64.view<double>().column_range(b * block_, block_),
                                     input_of(one, row, b * block_)));
          findings_.holds(std::isfinite(sums.back().log_partition),
                          [&] { return fmt::format("the sum is not finite, {}", place(one, row, b * block_)); });
        }
        one.sums.push_back(std::move(sums));
      }
  });
  return !findings_.failing();
}

void UnitLaws::of_sums() {
  findings_.law("log_partition is the logarithm of the sum over states of h(x) exp(input . x + theta . t(x))", [&] {
    for (const Case& one : cases_) {
      std::vector<double> precise(one.sums.size(), 0.0), plain = precise;
      units_.add_log_partition(one.theta64.view<double>(), one.input64.view<double>(), precise);
      units_.add_log_partition(one.theta.view(), one.input.view(), plain);
      for (std::size_t r = 0; r < one.sums.size(); ++r) {
        const auto row = static_cast<Index>(r);
        double expected = 0;
        for (const Sums& sums : one.sums[r]) expected += sums.log_partition;
        findings_.near(precise[r], expected, 1e-8 * (1 + std::abs(expected)),
                       [&] { return "in double, " + row_place(one, row); });
        findings_.near(plain[r], expected, 1e-5 * (1 + std::abs(expected)),
                       [&] { return "in float, " + row_place(one, row); });
      }
    }
  });
  // Other laws start from the means: should they fail, zeros are there in their place.
  for (const Case& one : cases_) {
    means_.push_back(Tensor::matrix(one.input.rows(), size_));
    precise_means_.push_back(matrix64(one.input.rows(), size_));
  }
  findings_.law("mean is the expectation of x, in float and in double", [&] {
    for (std::size_t c = 0; c < cases_.size(); ++c) {
      const Case& one = cases_[c];
      units_.mean(one.theta.view(), one.input.view(), means_[c].view());
      units_.mean(one.theta64.view<double>(), one.input64.view<double>(), precise_means_[c].view<double>());
    }
    each_unit([&](const Case& one, Index row, Index unit, const Sums& sums, std::size_t j) {
      const auto c = static_cast<std::size_t>(&one - cases_.data());
      const double scale = 1 + std::abs(sums.mean[j]);
      findings_.near(precise_means_[c].view<double>()(row, unit), sums.mean[j], 1e-7 * scale,
                     [&] { return "in double, " + place(one, row, unit); });
      findings_.near(static_cast<double>(means_[c].view()(row, unit)), sums.mean[j], 1e-5 * scale,
                     [&] { return "in float, " + place(one, row, unit); });
    });
  });
  findings_.law("variance is the variance of x", [&] {
    std::vector<Tensor> variances;
    for (const Case& one : cases_) {
      variances.push_back(Tensor::matrix(one.input.rows(), size_));
      units_.variance(one.theta.view(), one.input.view(), variances.back().view());
    }
    each_unit([&](const Case& one, Index row, Index unit, const Sums& sums, std::size_t j) {
      const double expected = sums.covariance[j * static_cast<std::size_t>(block_) + j];
      findings_.near(static_cast<double>(variances[static_cast<std::size_t>(&one - cases_.data())].view()(row, unit)),
                     expected, 1e-5 * (1 + expected + std::abs(sums.mean[j])), [&] { return place(one, row, unit); });
    });
  });
  findings_.law("multiply_by_covariance multiplies by the covariance of x", [&] {
    std::vector<Tensor> products, deltas;
    for (std::size_t c = 0; c < cases_.size(); ++c) {
      Tensor delta = Tensor::matrix(cases_[c].input.rows(), size_);
      normal(Stream{21, c}, delta.view());
      deltas.push_back(delta);
      units_.multiply_by_covariance(cases_[c].theta.view(), cases_[c].input.view(), means_[c].view(), delta.view());
      products.push_back(std::move(delta));
    }
    each_unit([&](const Case& one, Index row, Index unit, const Sums& sums, std::size_t j) {
      const auto c = static_cast<std::size_t>(&one - cases_.data()), block = static_cast<std::size_t>(block_);
      double expected = 0, scale = 1;
      for (std::size_t k = 0; k < block; ++k) {
        const double term =
            sums.covariance[j * block + k] *
            static_cast<double>(deltas[c].view()(row, unit - static_cast<Index>(j) + static_cast<Index>(k)));
        expected += term;
        scale += std::abs(term);
      }
      findings_.near(static_cast<double>(products[c].view()(row, unit)), expected,
                     1e-5 * (scale + std::abs(sums.mean[j])), [&] { return place(one, row, unit); });
    });
  });
  findings_.law("mode is the most probable state", [&] {
    for (const Case& one : cases_) {
      Tensor mode = Tensor::matrix(one.input.rows(), size_);
      units_.mode(one.theta.view(), one.input.view(), mode.view());
      for (Index row = 0; row < mode.rows(); ++row)
        for (Index b = 0; b < blocks(); ++b) {
          const float* at = mode.view().row(row).data + b * block_;
          const double score = States::scores(units_, one.theta64.view<double>().column_range(b * block_, block_),
                                              input_of(one, row, b * block_), {at, at + block_})[0];
          const Sums& sums = one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(b)];
          const double allowed = (states_.continuous() ? 1e-4 : 1e-5) * (1 + std::abs(sums.highest));
          findings_.holds(score >= sums.highest - allowed && is_state(at, sums), [&] {
            return fmt::format("{}: the mode is {}, whose logarithm is {:.6g}; the highest is {:.6g}",
                               place(one, row, b * block_), text_of({at, block_}), score, sums.highest);
          });
        }
    }
  });
}

void UnitLaws::of_derivatives() {
  findings_.law("mean is the derivative of log_partition by the input", [&] {
    for (std::size_t c = 0; c < cases_.size(); ++c)
      for (Index row = 0; row < cases_[c].input.rows(); ++row)
        for (Index j = 0; j < size_; ++j) {
          constexpr double step = 1e-4;
          double slope = 0;
          for (const double sign : {-1.0, 1.0}) {
            Tensor moved = cases_[c].input64;
            moved.view<double>()(row, j) += sign * step;
            double value = 0;
            units_.add_log_partition(cases_[c].theta64.view<double>(), moved.view<double>().row_range(row, 1),
                                     {&value, 1});
            slope += sign * value / (2 * step);
          }
          const double mean = precise_means_[c].view<double>()(row, j);
          findings_.near(mean, slope, 1e-6 * (1 + std::abs(mean)), [&] { return place(cases_[c], row, j); });
        }
  });
  findings_.law("expected statistics are the derivatives of log_partition by theta", [&] {
    for (const Case& one : cases_)
      for (Index row = 0; row < one.input.rows(); ++row)
        for (Index k = 0; k < units_.statistics(); ++k)
          for (Index j = 0; j < size_; ++j) {
            const Sums& sums = one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(j / block_)];
            const double expected = sums.statistics[static_cast<std::size_t>(k * block_ + j % block_)];
            const double step = 1e-5 * (1 + std::abs(one.theta64.view<double>()(k, j)));
            double slope = 0;
            for (const double sign : {-1.0, 1.0}) {
              Tensor moved = one.theta64;
              moved.view<double>()(k, j) += sign * step;
              double value = 0;
              units_.add_log_partition(moved.view<double>(), one.input64.view<double>().row_range(row, 1), {&value, 1});
              slope += sign * value / (2 * step);
            }
            findings_.near(slope, expected, 1e-5 * (1 + std::abs(expected) + std::abs(sums.log_partition)),
                           [&] { return fmt::format("theta_{}, {}", k, place(one, row, j)); });
          }
  });
}

void UnitLaws::of_statistics() {
  findings_.law(
      "add_energy gives -theta . t(x) - log h(x): linear in theta, t(x) being the statistics, in float and double",
      [&] {
        const Case& one = cases_.back();
        const Case& zero = cases_.front();
        const Tensor states = some_states(one);
        const Index rows = states.rows();
        std::vector<double> with(static_cast<std::size_t>(rows), 0.0), without = with, plain = with;
        units_.add_energy(one.theta64.view<double>(), as_double(states).view<double>(), with);
        units_.add_energy(zero.theta64.view<double>(), as_double(states).view<double>(), without);
        units_.add_energy(one.theta.view(), states.view(), plain);
        for (Index i = 0; i < rows; ++i) {
          const auto at = static_cast<std::size_t>(i);
          Tensor t = matrix64(units_.statistics(), size_);
          units_.add_statistics(states.view().row_range(i, 1), 1, t.view<double>());
          double difference = 0, scale = 1;
          for (Index k = 0; k < t.rows(); ++k)
            for (Index j = 0; j < size_; ++j) {
              difference -=
                  (one.theta64.view<double>()(k, j) - zero.theta64.view<double>()(k, j)) * t.view<double>()(k, j);
              scale += std::abs(one.theta64.view<double>()(k, j) * t.view<double>()(k, j));
            }
          findings_.near(with[at] - without[at], difference, 1e-6 * scale,
                         [&] { return "state " + text_of(states.view().row(i)); });
          findings_.near(plain[at], with[at], 1e-5 * (scale + std::abs(with[at])),
                         [&] { return "in float, state " + text_of(states.view().row(i)); });
          for (Index j = 0; j < size_; ++j)
            findings_.near(t.view<double>()(0, j), static_cast<double>(states.view()(i, j)), 1e-6 * scale,
                           [&] { return "t_0 is not x, state " + text_of(states.view().row(i)); });
        }
      });
  findings_.law("expected statistics are the expectations of the statistics", [&] {
    for (std::size_t c = 0; c < cases_.size(); ++c)
      for (Index row = 0; row < cases_[c].input.rows(); ++row) {
        Tensor sums = matrix64(units_.statistics(), size_);
        units_.add_expected_statistics(cases_[c].theta.view(), cases_[c].input.view().row_range(row, 1),
                                       means_[c].view().row_range(row, 1), 2, sums.view<double>());
        for (Index k = 0; k < sums.rows(); ++k)
          for (Index j = 0; j < size_; ++j) {
            const double expected = 2 * cases_[c]
                                            .sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(j / block_)]
                                            .statistics[static_cast<std::size_t>(k * block_ + j % block_)];
            findings_.near(sums.view<double>()(k, j), expected, 2e-5 * (1 + std::abs(expected)),
                           [&] { return fmt::format("t_{}, {}", k, place(cases_[c], row, j)); });
          }
      }
  });
  findings_.law("energies, log_partition and statistics are added to what is there, scaled, row by row", [&] {
    const Case& one = cases_.back();
    const Tensor states = some_states(one);
    const auto rows = static_cast<std::size_t>(states.rows());
    std::vector<double> once(rows, 0.0), again(rows, 1000.0);
    units_.add_energy(one.theta.view(), states.view(), once);
    units_.add_energy(one.theta.view(), states.view(), again);
    for (std::size_t i = 0; i < rows; ++i)
      findings_.near(again[i], 1000 + once[i], 1e-9 * (1000 + std::abs(once[i])),
                     [&] { return fmt::format("energy of row {}", i + 1); });
    std::vector<double> a(static_cast<std::size_t>(one.input.rows()), 0.0), b(a.size(), 1000.0);
    units_.add_log_partition(one.theta.view(), one.input.view(), a);
    units_.add_log_partition(one.theta.view(), one.input.view(), b);
    for (std::size_t i = 0; i < a.size(); ++i)
      findings_.near(b[i], 1000 + a[i], 1e-9 * (1000 + std::abs(a[i])),
                     [&] { return fmt::format("log_partition of row {}", i + 1); });
    Tensor whole = matrix64(units_.statistics(), size_), parts = whole;
    units_.add_statistics(states.view(), -0.5, whole.view<double>());
    for (Index i = 0; i < states.rows(); ++i)
      units_.add_statistics(states.view().row_range(i, 1), -0.5, parts.view<double>());
    for (Index k = 0; k < whole.size(); ++k)
      findings_.near(whole.data<double>()[k], parts.data<double>()[k], 1e-5 * (1 + std::abs(parts.data<double>()[k])),
                     [&] { return fmt::format("statistics of all rows and row by row, number {}", k + 1); });
  });
}

Tensor UnitLaws::some_states(const Case& one) const {
  Tensor mean = Tensor::matrix(one.input.rows(), size_), state = mean;
  units_.sample(one.theta.view(), one.input.view(), Stream{77}, mean.view(), state.view());
  return state;
}

}  // namespace harmonium::conformance
