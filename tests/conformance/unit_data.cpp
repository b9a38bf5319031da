#include "conformance/unit_laws.hpp"
#include "harmonium/errors.hpp"

namespace harmonium::conformance {

void UnitLaws::of_extremes() {
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
            "multiply_by_covariance", [&] { units_.multiply_by_covariance(theta.view(), in, mean.view(), out.view()); },
            floats);
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

UnitLaws::Columns UnitLaws::columns_of(const Tensor& state) const {
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

void UnitLaws::of_data() {
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

}  // namespace harmonium::conformance
