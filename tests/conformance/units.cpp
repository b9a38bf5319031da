#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "conformance/chi_squared.hpp"
#include "conformance/laws.hpp"
#include "conformance/states.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/registry.hpp"
#include "plugin/registry.hpp"

namespace harmonium::conformance {
namespace {

Tensor matrix64(Index rows, Index columns) { return Tensor::of<double>({rows, columns}); }

Tensor as_double(const Tensor& values) {
  Tensor copy(Element::float64, values.shape());
  std::copy_n(values.data<float>(), values.size(), copy.data<double>());
  return copy;
}

std::string text_of(Span<const float> values) { return fmt::format("({:.4g})", fmt::join(values, ", ")); }

bool same_bits(const Tensor& a, const Tensor& b) {
  return std::equal(static_cast<const char*>(a.raw()), static_cast<const char*>(a.raw()) + a.bytes(),
                    static_cast<const char*>(b.raw()));
}

/// Five standard errors of the mean of so many draws.
double five_errors(double variance, Index draws) { return 5 * std::sqrt(variance / static_cast<double>(draws)); }

class UnitLaws {
 public:
  UnitLaws(const Handle<Units>& units, const Questions& questions, Findings& findings)
      : type_(units.type()), handle_(units), units_(*units), findings_(findings) {
    find_size();
    block_ = units_.block(size_);
    random_ = parameters_from(0.5, 3);
    if (!units_.exact()) return;
    states_ = States::find(units_, size_, theta_from(random_, 1).view(), questions.states);
    fmt::print("states: {}\n", states_.text());
  }

  void check() {
    if (units_.exact()) make_cases();
    of_parameters();
    if (units_.exact()) {
      of_sums();
      of_derivatives();
      of_draws();
      of_statistics();
      of_tails();
    } else {
      fmt::print("the units are approximate: the laws of A, which they do not have, are not theirs\n");
      of_approximate_draws();
    }
    of_pairs();
    of_extremes();
    of_independence();
    of_memory();
    of_data();
  }

 private:
  /// A point at which laws are looked at: parameters at a temperature, and rows of inputs.
  struct Case {
    double beta = 1;
    Tensor theta, theta64, input, input64;
    std::vector<std::vector<Sums>> sums;  ///< row by row, block by block
  };

  // At least two blocks where there can be two, so that they can be seen to be independent.
  void find_size() {
    constexpr Index most = 64;
    Index one_block = 0;
    for (Index size = 6; size <= most; ++size) {
      const Index block = units_.block(size);
      if (block <= 0 || size % block != 0) continue;
      if (size / block >= 2) {
        size_ = size;
        return;
      }
      if (one_block == 0) one_block = 4 % units_.block(4) == 0 ? 4 : size;
    }
    if (one_block == 0)
      throw Error(Exit::usage,
                  "no layer of up to 64 units can be cut into blocks of these: give smaller ones by --with");
    size_ = one_block;
  }

  Tensor parameters_from(double deviation, std::uint64_t seed) const {
    const Span<const UnitParameter> kinds = units_.parameters();
    Tensor parameters = Tensor::matrix(kinds.size, size_);
    normal(Stream{seed}, parameters.view());
    for (Index k = 0; k < kinds.size; ++k)
      for (float& value : parameters.view().row(k))
        value = static_cast<float>(kinds[k].initial + deviation * static_cast<double>(value));
    return parameters;
  }
  Tensor theta_from(const Tensor& parameters, double beta) const {
    Tensor theta = Tensor::matrix(units_.statistics(), size_);
    units_.natural(parameters.view(), theta.view());
    for (float& value : theta.values<float>()) value *= static_cast<float>(beta);
    return theta;
  }
  /// A sweep in which all units have the same input, and rows at random.
  Tensor sweep_of_inputs() const {
    const double most = units_.tail() == Tail::factorial ? 2 : 6;
    const std::vector<double> sweep = {-6, -2, -0.5, 0, 0.5, most / 3, most};
    constexpr Index random_rows = 3;
    Tensor input = Tensor::matrix(static_cast<Index>(sweep.size()) + random_rows, size_);
    normal(Stream{5}, input.view());
    for (std::size_t i = 0; i < sweep.size(); ++i)
      std::fill_n(input.view().row(static_cast<Index>(i)).data, size_, static_cast<float>(sweep[i]));
    return input;
  }
  void make_cases() {
    for (const double deviation : {0.0, 0.5})
      for (const double beta : {1.0, 0.5, 2.0}) {
        Case one;
        one.beta = beta;
        one.theta = theta_from(deviation == 0 ? parameters_from(0, 3) : random_, beta);
        one.theta64 = as_double(one.theta);
        one.input = sweep_of_inputs();
        for (float& value : one.input.values<float>()) value *= static_cast<float>(beta);
        one.input64 = as_double(one.input);
        cases_.push_back(std::move(one));
      }
  }
  Index blocks() const { return size_ / block_; }
  std::vector<double> input_of(const Case& one, Index row, Index first) const {
    const float* from = one.input.view().row(row).data + first;
    return {from, from + block_};
  }
  std::string place(const Case& one, Index row, Index unit) const {
    return fmt::format("inverse temperature {:g}, input {}, unit {}", one.beta, text_of(one.input.view().row(row)),
                       unit + 1);
  }
  std::string row_place(const Case& one, Index row) const {
    return fmt::format("inverse temperature {:g}, input {}", one.beta, text_of(one.input.view().row(row)));
  }
  /// Of a unit, where the sums of its block have something for each unit.
  template <class See>
  void each_unit(const See& see) const {
    for (const Case& one : cases_)
      for (Index row = 0; row < one.input.rows(); ++row)
        for (Index b = 0; b < blocks(); ++b)
          for (Index j = 0; j < block_; ++j)
            see(one, row, b * block_ + j, one.sums[static_cast<std::size_t>(row)][static_cast<std::size_t>(b)],
                static_cast<std::size_t>(j));
  }

  void of_parameters() {
    findings_.law(
        "parameters() have names of their own and finite initial values, from which natural() is finite", [&] {
          std::set<std::string> names;
          for (const UnitParameter& one : units_.parameters()) {
            findings_.holds(one.name.size > 0 && names.insert(one.name.str()).second,
                            [&] { return fmt::format("'{}' is no name of one parameter", one.name.view()); });
            findings_.holds(std::isfinite(one.initial) && one.rate_scale > 0, [&] {
              return fmt::format("'{}' begins at {} and learns at {} times the rate", one.name.view(), one.initial,
                                 one.rate_scale);
            });
          }
          findings_.holds(units_.statistics() >= 1 && units_.usual_rate() > 0,
                          [&] { return std::string("statistics() must be at least 1 and usual_rate() above 0"); });
          const Tensor theta = theta_from(random_, 1);
          for (const float value : theta.values<float>())
            findings_.holds(std::isfinite(value), [&] { return fmt::format("natural() gives {}", value); });
        });
    findings_.law("chain() is the chain rule of natural()", [&] {
      const Index kinds = units_.parameters().size;
      Tensor weights = Tensor::matrix(units_.statistics(), size_), gradient = Tensor::matrix(kinds, size_);
      normal(Stream{8}, weights.view());
      units_.chain(random_.view(), as_double(weights).view<double>(), gradient.view());
      // theta is in float: the step balances its rounding, 1e-7 / step, and what the third derivative adds, step^2 / 6.
      constexpr double step = 1.0 / 128;
      for (Index k = 0; k < kinds; ++k)
        for (Index j = 0; j < size_; ++j) {
          double slope = 0, scale = 1;
          for (const double sign : {-1.0, 1.0}) {
            Tensor moved = random_;
            moved.view()(k, j) += static_cast<float>(sign * step);
            const Tensor theta = theta_from(moved, 1);
            for (Index s = 0; s < theta.rows(); ++s) {
              const double term = static_cast<double>(theta.view()(s, j)) * static_cast<double>(weights.view()(s, j));
              slope += sign * term / (2 * step);
              scale += std::abs(term);
            }
          }
          findings_.near(static_cast<double>(gradient.view()(k, j)), slope, 1e-3 * scale, [&] {
            return fmt::format("parameter '{}' of unit {}", units_.parameters()[k].name.view(), j + 1);
          });
        }
    });
  }

  void of_sums() {
    findings_.law("log_partition is the logarithm of the sum over states of h(x) exp(input . x + theta . t(x))", [&] {
      for (Case& one : cases_) {
        const Index rows = one.input.rows();
        one.sums.resize(static_cast<std::size_t>(rows));
        std::vector<double> precise(static_cast<std::size_t>(rows), 0.0), plain = precise;
        units_.add_log_partition(one.theta64.view<double>(), one.input64.view<double>(), precise);
        units_.add_log_partition(one.theta.view(), one.input.view(), plain);
        for (Index row = 0; row < rows; ++row) {
          const auto r = static_cast<std::size_t>(row);
          double expected = 0;
          for (Index b = 0; b < blocks(); ++b) {
            one.sums[r].push_back(states_.sum(units_, one.theta64.view<double>().column_range(b * block_, block_),
                                              input_of(one, row, b * block_)));
            expected += one.sums[r].back().log_partition;
          }
          findings_.near(precise[r], expected, 1e-8 * (1 + std::abs(expected)),
                         [&] { return "in double, " + row_place(one, row); });
          findings_.near(plain[r], expected, 1e-5 * (1 + std::abs(expected)),
                         [&] { return "in float, " + row_place(one, row); });
        }
      }
    });
    findings_.law("mean is the expectation of x, in float and in double", [&] {
      for (Case& one : cases_) {
        Tensor mean = Tensor::matrix(one.input.rows(), size_);
        Tensor precise = matrix64(one.input.rows(), size_);
        units_.mean(one.theta.view(), one.input.view(), mean.view());
        units_.mean(one.theta64.view<double>(), one.input64.view<double>(), precise.view<double>());
        means_.push_back(std::move(mean));
        precise_means_.push_back(std::move(precise));
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

  void of_derivatives() {
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
                units_.add_log_partition(moved.view<double>(), one.input64.view<double>().row_range(row, 1),
                                         {&value, 1});
                slope += sign * value / (2 * step);
              }
              findings_.near(slope, expected, 1e-5 * (1 + std::abs(expected) + std::abs(sums.log_partition)),
                             [&] { return fmt::format("theta_{}, {}", k, place(one, row, j)); });
            }
    });
  }
  /// Whether it is one of the states summed over; of real units, whether it lies among them.
  bool is_state(const float* x, const Sums& sums) const { return cell_of(x, sums) >= 0; }
  /// Its place among the states; of real units, the one just below; -1 where there is none.
  Index cell_of(const float* x, const Sums& sums) const {
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

  /// Whether draws of a block follow the distribution that was summed: chi-squared over its states, over 32 cells of
  /// equal probability where they are real.
  template <class Draw>
  void follows(const Sums& sums, Index count, const Draw& draw, const Findings::Where& where) {
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
          states_.continuous()
              ? ""
              : fmt::format("; state {} has a share of {:.4g}, expected {:.4g}", state_text(sums, worst),
                            counts[worst] / static_cast<double>(count), probability[worst]));
    });
  }
  /// Of the interval from point i to the next, by the trapezoidal rule, from Simpson's weights.
  static double density_share(const Sums& sums, std::size_t i) {
    const auto weight = [&](std::size_t k) {
      return k == 0 || k + 1 == sums.share.size() ? 1.0 : k % 2 == 1 ? 4.0 : 2.0;
    };
    return 1.5 * (sums.share[i] / weight(i) + sums.share[i + 1] / weight(i + 1));
  }
  std::string state_text(const Sums& sums, std::size_t i) const {
    const auto block = static_cast<std::size_t>(block_);
    const std::vector<double> state(sums.states.begin() + static_cast<std::ptrdiff_t>(i * block),
                                    sums.states.begin() + static_cast<std::ptrdiff_t>((i + 1) * block));
    return fmt::format("({:g})", fmt::join(state, ", "));
  }

  /// Rows that are all the same input.
  Tensor repeated(const Case& one, Index row, Index rows) const {
    Tensor input = Tensor::matrix(rows, size_);
    for (Index i = 0; i < rows; ++i) std::copy_n(one.input.view().row(row).data, size_, input.view().row(i).data);
    return input;
  }
  /// The cases with random parameters, a few rows of each.
  template <class See>
  void each_drawn(const See& see) {
    for (std::size_t c = cases_.size() / 2; c < cases_.size(); ++c)
      for (const Index row : {Index{1}, Index{5}, Index{8}})
        see(cases_[c], row, 100 * c + static_cast<std::uint64_t>(row));
  }

  void of_draws() {
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
              findings_.near(static_cast<double>(mean.view()(d, b * block_ + j)),
                             sums.mean[static_cast<std::size_t>(j)],
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

  /// No correlation between blocks, nor between a row and those after it.
  void independent(const Case& one, Index row, const Tensor& state) {
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

  void of_statistics() {
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
  /// Draws, one for each row of inputs.
  Tensor some_states(const Case& one) const {
    Tensor mean = Tensor::matrix(one.input.rows(), size_), state = mean;
    units_.sample(one.theta.view(), one.input.view(), Stream{77}, mean.view(), state.view());
    return state;
  }

  void of_tails() {
    findings_.law("tail() says how fast h falls", [&] {
      const Tail tail = units_.tail();
      if (tail == Tail::bounded) {
        findings_.holds(states_.finite(), [&] { return "declared bounded, but the states are " + states_.text(); });
      } else {
        findings_.holds(!states_.finite(), [&] { return "declared unbounded, but the states are " + states_.text(); });
        // -log h and what theta adds to it, far out: at least x log x / 2, or a share of x^2.
        const Case& one = cases_.front();
        for (const double x : {1e4, 1e5}) {
          const double energy = -States::scores(units_, one.theta64.view<double>().column_range(0, block_),
                                                std::vector<double>(static_cast<std::size_t>(block_), 0.0), {x})[0];
          const double least = tail == Tail::quadratic ? 1e-4 * x * x : x * std::log(x) / 2;
          findings_.holds(energy >= least, [&] {
            return fmt::format("the energy at x = {:g} is {:.4g}, less than the {:.4g} that such a tail has", x, energy,
                               least);
          });
        }
      }
    });
  }

  /// Whether two layers can be joined, weights being small, is a matter of their tails alone; all unit types that there
  /// are stand on the other side in turn.
  void of_pairs() {
    findings_.law(
        "layers are joined to others where the sum over states has a bound, and else refused with the reason", [&] {
          for (const auto& [name, type] : Registry::instance().types()) {
            if (type.contract != Units::kind) continue;
            Handle<Units> other = handle_;
            if (name != type_) try {
                other = make_value<Units>(name);
              } catch (const Error&) {
                continue;  // a type with parameters that must be given
              }
            const Tail tails[] = {units_.tail(), other->tail()};
            const bool bounded = tails[0] == Tail::bounded || tails[1] == Tail::bounded;
            const bool factorial = tails[0] == Tail::factorial || tails[1] == Tail::factorial;
            for (const bool first : {true, false}) {
              const std::string reason = refusal_of(first ? handle_ : other, first ? other : handle_);
              findings_.holds(reason.empty() != (factorial && !bounded), [&] {
                return reason.empty()
                           ? fmt::format("{} and {} are joined, though nothing bounds the sum over states", type_, name)
                           : fmt::format("{} and {} are not joined: {}", type_, name, reason);
              });
              if (!reason.empty()) findings_.note(fmt::format("not to {}", name));
            }
          }
        });
  }
  /// Why two layers of such units cannot be joined, or nothing.
  static std::string refusal_of(const Handle<Units>& a, const Handle<Units>& b) {
    const auto size_for = [](const Handle<Units>& units) {
      Index size = 1;
      while (units->block(size) <= 0 || size % units->block(size) != 0) ++size;
      return size;
    };
    Network pair;
    pair.add({"one", a, size_for(a), {}, true, "features", {}});
    pair.add({"other", b, size_for(b), {}, false, "", {}});
    try {
      pair.connect(make_value<Connection>("connection.dense"), 0, 1);
    } catch (const BadPipeline& error) {
      const std::string reason = error.what();
      return reason.empty() ? "no reason is given" : reason;
    }
    return "";
  }

  void of_approximate_draws() {
    findings_.law("mean is the expectation of what sample and sample_block draw", [&] {
      const Tensor inputs = sweep_of_inputs();
      const Tensor theta = theta_from(random_, 1);
      for (Index row = 0; row < inputs.rows(); ++row) {
        Tensor input = Tensor::matrix(draws, size_), mean = input, state = input;
        for (Index i = 0; i < draws; ++i) std::copy_n(inputs.view().row(row).data, size_, input.view().row(i).data);
        units_.sample(theta.view(), input.view(), Stream{static_cast<std::uint64_t>(row) + 5}, mean.view(),
                      state.view());
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

  void of_extremes() {
    findings_.law("inputs of +-10,000 give finite results, or a RunFailed where they cannot", [&] {
      const Tensor theta = theta_from(random_, 1);
      Tensor input = Tensor::matrix(4, size_);
      for (Index j = 0; j < size_; ++j) {
        input.view()(0, j) = 1e4F;
        input.view()(1, j) = -1e4F;
        input.view()(2, j) = j % 2 == 0 ? 1e4F : -1e4F;
        input.view()(3, j) = j == 0 ? 1e4F : 0.0F;
      }
      for (Index row = 0; row < input.rows(); ++row) {
        const View<const float> in = input.view().row_range(row, 1);
        const std::string at = "input " + text_of(in.row(0));
        Tensor in64 = matrix64(1, size_);
        std::copy_n(in.data, size_, in64.data<double>());
        const Tensor theta64 = as_double(theta);
        Tensor mean = Tensor::matrix(1, size_), out = mean, out64 = matrix64(1, size_);
        const auto finite = [&](const char* what, const auto& call, const auto& results) {
          try {
            call();
          } catch (const RunFailed& error) {
            findings_.holds(units_.tail() != Tail::bounded,
                            [&] { return fmt::format("{}, {}: {}", what, at, error.what()); });
            findings_.note(error.what());
            return false;
          }
          bool all = true;
          for (const auto value : results) {
            all = all && std::isfinite(value);
            findings_.holds(std::isfinite(value), [&] { return fmt::format("{}, {}: got {}", what, at, value); });
          }
          return all;
        };
        const Span<const float> floats = out.values<float>();
        finite(
            "mean in float", [&] { units_.mean(theta.view(), in, out.view()); }, floats);
        const bool means = finite(
            "mean in double", [&] { units_.mean(theta64.view<double>(), in64.view<double>(), out64.view<double>()); },
            out64.values<double>());
        finite(
            "variance", [&] { units_.variance(theta.view(), in, out.view()); }, floats);
        finite(
            "mode", [&] { units_.mode(theta.view(), in, out.view()); }, floats);
        if (finite(
                "sample", [&] { units_.sample(theta.view(), in, Stream{3}, mean.view(), out.view()); }, floats))
          finite(
              "multiply_by_covariance",
              [&] { units_.multiply_by_covariance(theta.view(), in, mean.view(), out.view()); }, floats);
        Tensor column = Tensor::matrix(block_, 1), column_mean = column, column_state = column;
        std::copy_n(in.data, block_, column.data<float>());
        finite(
            "sample_block",
            [&] {
              units_.sample_block(theta.view().column_range(0, block_), column.view(), Stream{3}, column_mean.view(),
                                  column_state.view());
            },
            column_state.values<float>());
        if (!units_.exact()) continue;
        std::vector<double> sums(1, 0.0);
        finite(
            "log_partition in float", [&] { units_.add_log_partition(theta.view(), in, sums); }, sums);
        sums[0] = 0;
        const bool known = finite(
            "log_partition in double",
            [&] { units_.add_log_partition(theta64.view<double>(), in64.view<double>(), sums); }, sums);
        if (!known || !means || !states_.finite()) continue;
        // What is bounded can be summed here as well.
        double expected = 0;
        for (Index b = 0; b < blocks(); ++b) {
          const double* from = in64.data<double>() + b * block_;
          const Sums exact =
              states_.sum(units_, theta64.view<double>().column_range(b * block_, block_), {from, from + block_});
          expected += exact.log_partition;
          for (Index j = 0; j < block_; ++j)
            findings_.near(out64.data<double>()[b * block_ + j], exact.mean[static_cast<std::size_t>(j)], 1e-6,
                           [&] { return fmt::format("mean in double, {}, unit {}", at, b * block_ + j + 1); });
        }
        findings_.near(sums[0], expected, 1e-7 * (1 + std::abs(expected)), [&] { return "log_partition, " + at; });
      }
    });
  }

  void of_independence() {
    const Tensor theta = theta_from(random_, 1), input = sweep_of_inputs();
    const Index rows = input.rows();
    findings_.law("rows are independent: each gives the same wherever it stands, its stream counting rows", [&] {
      Tensor mean = Tensor::matrix(rows, size_), state = mean, part_mean = mean, part_state = mean;
      units_.sample(theta.view(), input.view(), Stream{4}, mean.view(), state.view());
      for (Index first = 0; first < rows; ++first) {
        units_.sample(theta.view(), input.view().row_range(first, 1),
                      Stream{4}.rows_from(static_cast<std::uint64_t>(first)), part_mean.view().row_range(first, 1),
                      part_state.view().row_range(first, 1));
        for (Index j = 0; j < size_; ++j) {
          near(part_mean, mean, first, j, "mean");
          near(part_state, state, first, j, "draw");
        }
      }
      Tensor reversed = input, out = Tensor::matrix(rows, size_);
      for (Index i = 0; i < rows; ++i)
        std::copy_n(input.view().row(rows - 1 - i).data, size_, reversed.view().row(i).data);
      units_.mean(theta.view(), reversed.view(), out.view());
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < size_; ++j)
          findings_.near(static_cast<double>(out.view()(rows - 1 - i, j)), static_cast<double>(mean.view()(i, j)),
                         1e-6 * (1 + std::abs(static_cast<double>(mean.view()(i, j)))),
                         [&] { return fmt::format("rows in the opposite order, row {}, unit {}", i + 1, j + 1); });
    });
    findings_.law(
        "blocks are independent: views may be a range of them, and the input of one does not move another", [&] {
          Tensor mean = Tensor::matrix(rows, size_), state = mean, other_mean = mean, other_state = mean, other = input;
          Tensor variance = mean, other_variance = mean;
          units_.sample(theta.view(), input.view(), Stream{4}, mean.view(), state.view());
          units_.variance(theta.view(), input.view(), variance.view());
          for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < block_; ++j) other.view()(i, j) = -1 - other.view()(i, j) / 2;
          units_.sample(theta.view(), other.view(), Stream{4}, other_mean.view(), other_state.view());
          units_.variance(theta.view(), other.view(), other_variance.view());
          for (Index i = 0; i < rows; ++i)
            for (Index j = block_; j < size_; ++j) {
              near(other_mean, mean, i, j, "mean, the input of the first block being another");
              near(other_variance, variance, i, j, "variance, the input of the first block being another");
              near(other_state, state, i, j, "draw, the input of the first block being another");
            }
          for (Index first = 0; first < size_; first += block_) {
            units_.mean(theta.view().column_range(first, block_), input.view().column_range(first, block_),
                        other_mean.view().column_range(first, block_));
            units_.variance(theta.view().column_range(first, block_), input.view().column_range(first, block_),
                            other_variance.view().column_range(first, block_));
          }
          for (Index i = 0; i < rows; ++i)
            for (Index j = 0; j < size_; ++j) {
              near(other_mean, mean, i, j, "mean of a range of units");
              near(other_variance, variance, i, j, "variance of a range of units");
            }
        });
    findings_.law(
        "a draw depends on its stream alone: not on the number of threads, and other steps are other draws", [&] {
          constexpr Index many = 3000;
          Tensor inputs = Tensor::matrix(many, size_), mean = inputs, state = inputs, again = inputs, later = inputs;
          normal(Stream{15}, inputs.view());
          std::vector<double> sums(many, 0.0), sums_again(many, 0.0);
          const int before = threads();
          const auto draw = [&](int count, std::uint64_t step, Tensor& to, std::vector<double>& log_partition) {
            set_threads(count);
            units_.sample(theta.view(), inputs.view(), Stream{6, step}, mean.view(), to.view());
            if (units_.exact()) units_.add_log_partition(theta.view(), inputs.view(), log_partition);
            set_threads(before);
          };
          draw(1, 0, state, sums);
          draw(2, 0, again, sums_again);
          findings_.holds(same_bits(state, again) && sums == sums_again,
                          [] { return std::string("one thread and two give different bits"); });
          draw(1, 1, later, sums);
          findings_.holds(!same_bits(state, later), [] { return std::string("the draws of two steps are the same"); });
        });
  }
  void near(const Tensor& got, const Tensor& expected, Index i, Index j, const char* what) {
    const auto should = static_cast<double>(expected.view()(i, j));
    findings_.near(static_cast<double>(got.view()(i, j)), should, 1e-6 * (1 + std::abs(should)),
                   [&] { return fmt::format("{}, row {}, unit {}", what, i + 1, j + 1); });
  }

  void of_memory() {
    const Tensor theta = theta_from(random_, 1), input = sweep_of_inputs();
    const Index rows = input.rows();
    findings_.law("mean and input may be the same matrix, and matrices may be part of larger ones", [&] {
      Tensor mean = Tensor::matrix(rows, size_), state = mean, own = input, own_state = mean;
      units_.sample(theta.view(), input.view(), Stream{4}, mean.view(), state.view());
      units_.sample(theta.view(), own.view(), Stream{4}, own.view(), own_state.view());
      Tensor wide = Tensor::matrix(rows, 3 * size_), wide_out = wide;
      for (Index i = 0; i < rows; ++i) std::copy_n(input.view().row(i).data, size_, wide.view().row(i).data + size_);
      for (float& value : wide_out.values<float>()) value = 123;
      units_.mean(theta.view(), wide.view().column_range(size_, size_), wide_out.view().column_range(size_, size_));
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < size_; ++j) {
          near(own, mean, i, j, "the mean in place of the input");
          near(own_state, state, i, j, "the draw beside it");
          findings_.near(static_cast<double>(wide_out.view()(i, size_ + j)), static_cast<double>(mean.view()(i, j)),
                         1e-6 * (1 + std::abs(static_cast<double>(mean.view()(i, j)))),
                         [&] { return fmt::format("in a larger matrix, row {}, unit {}", i + 1, j + 1); });
          findings_.holds(wide_out.view()(i, j) == 123 && wide_out.view()(i, 2 * size_ + j) == 123,
                          [&] { return fmt::format("row {}: written beside the columns given", i + 1); });
        }
      Tensor in_place = input;
      units_.mean(theta.view(), in_place.view(), in_place.view());
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < size_; ++j) near(in_place, mean, i, j, "mean() in place of the input");
    });
    if (units_.needs_input()) return;
    findings_.law("where needs_input() says no, the input is not looked at", [&] {
      Tensor mean = Tensor::matrix(rows, size_), none = mean, a = mean, b = mean;
      units_.mean(theta.view(), input.view(), mean.view());
      for (float& value : none.values<float>()) value = std::numeric_limits<float>::quiet_NaN();
      for (float& value : a.values<float>()) value = 1;
      b = a;
      units_.multiply_by_covariance(theta.view(), input.view(), mean.view(), a.view());
      units_.multiply_by_covariance(theta.view(), none.view(), mean.view(), b.view());
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < size_; ++j) near(b, a, i, j, "multiply_by_covariance");
      Tensor with = matrix64(units_.statistics(), size_), without = with;
      units_.add_expected_statistics(theta.view(), input.view(), mean.view(), 1, with.view<double>());
      units_.add_expected_statistics(theta.view(), none.view(), mean.view(), 1, without.view<double>());
      for (Index k = 0; k < with.size(); ++k)
        findings_.near(without.data<double>()[k], with.data<double>()[k], 1e-9 * (1 + std::abs(with.data<double>()[k])),
                       [&] { return fmt::format("add_expected_statistics, number {}", k + 1); });
    });
  }

  /// What data look like whose columns are draws of these units, without input.
  struct Columns {
    std::vector<double> mean, deviation, minimum, maximum;
    ColumnView view() const { return {draws, mean, deviation, minimum, maximum}; }
  };
  Columns columns_of(const Tensor& state) const {
    Columns columns;
    for (Index j = 0; j < size_; ++j) {
      double sum = 0, squares = 0, low = INFINITY, high = -INFINITY;
      for (Index i = 0; i < state.rows(); ++i) {
        const auto x = static_cast<double>(state.view()(i, j));
        sum += x / static_cast<double>(state.rows());
        squares += x * x / static_cast<double>(state.rows());
        low = std::min(low, x);
        high = std::max(high, x);
      }
      columns.mean.push_back(sum);
      columns.deviation.push_back(std::sqrt(std::max(0.0, squares - sum * sum)));
      columns.minimum.push_back(low);
      columns.maximum.push_back(high);
    }
    return columns;
  }

  void of_data() {
    Tensor none = Tensor::matrix(draws, size_), mean = none, state = none;
    const Tensor theta = theta_from(random_, 1);
    units_.sample(theta.view(), none.view(), Stream{40}, mean.view(), state.view());
    const Columns columns = columns_of(state);
    findings_.law("initialise gives units without input about the means of the data", [&] {
      Tensor parameters = Tensor::matrix(units_.parameters().size, size_), found = Tensor::matrix(1, size_);
      units_.initialise(columns.view(), parameters.view());
      units_.mean(theta_from(parameters, 1).view(), none.view().row_range(0, 1), found.view());
      for (Index j = 0; j < size_; ++j) {
        const double expected = columns.mean[static_cast<std::size_t>(j)];
        // A case or so more than was seen may be counted.
        findings_.near(static_cast<double>(found.view()(0, j)), expected, 2e-3 * (1 + std::abs(expected)),
                       [&] { return fmt::format("column {}", j + 1); });
      }
      // Columns that never vary must not lead out of the finite numbers.
      for (const bool low : {true, false}) {
        Columns constant = columns;
        for (std::size_t j = 0; j < constant.mean.size(); ++j) {
          if (block_ > 1) continue;
          constant.mean[j] = constant.minimum[j] = constant.maximum[j] = low ? columns.minimum[j] : columns.maximum[j];
          constant.deviation[j] = 0;
        }
        units_.initialise(constant.view(), parameters.view());
        for (const float value : parameters.values<float>())
          findings_.holds(std::isfinite(value), [&] {
            return fmt::format("columns that are always {:g} give a parameter of {}", constant.mean[0], value);
          });
      }
    });
    findings_.law("check() takes data that are states of the units, and refuses others with a reason", [&] {
      try {
        units_.check(columns.view());
      } catch (const BadData& error) {
        const std::string reason = error.what();
        findings_.holds(false, [&] { return "draws of the units are refused: " + reason; });
      }
      if (!units_.exact() || states_.kind() == States::Kind::real_line) return;
      Columns nonsense = columns;
      for (std::size_t j = 0; j < nonsense.mean.size(); ++j) {
        nonsense.minimum[j] = -1000;
        nonsense.deviation[j] = 500;
      }
      std::string reason;
      bool refused = false;
      try {
        units_.check(nonsense.view());
      } catch (const BadData& error) {
        refused = true;
        reason = error.what();
      }
      findings_.holds(refused && !reason.empty(),
                      [&] { return "columns that go down to -1000 are taken, but the states are " + states_.text(); });
    });
  }

  static constexpr Index draws = 10000;
  std::string type_;
  Handle<Units> handle_;
  const Units& units_;
  Findings& findings_;
  Index size_ = 6, block_ = 1;
  States states_;
  Tensor random_;
  std::vector<Case> cases_;
  std::vector<Tensor> means_, precise_means_;
};

}  // namespace

void check_units(const Handle<Units>& units, const Questions& questions, Findings& findings) {
  UnitLaws(units, questions, findings).check();
}

}  // namespace harmonium::conformance
