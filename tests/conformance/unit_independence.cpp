#include <limits>

#include "conformance/unit_laws.hpp"
#include "kernel/numerics/thread_count.hpp"

namespace harmonium::conformance {

void UnitLaws::near(const Tensor& got, const Tensor& expected, Index i, Index j, const char* what) {
  const auto should = static_cast<double>(expected.view()(i, j));
  findings_.near(static_cast<double>(got.view()(i, j)), should, 1e-6 * (1 + std::abs(should)),
                 [&] { return fmt::format("{}, row {}, unit {}", what, i + 1, j + 1); });
}

void UnitLaws::of_independence() {
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
        const auto draw = [&](int count, std::uint64_t step, Tensor& to, std::vector<double>& log_partition) {
          const ThreadCount some(count);
          units_.sample(theta.view(), inputs.view(), Stream{6, step}, mean.view(), to.view());
          if (units_.exact()) units_.add_log_partition(theta.view(), inputs.view(), log_partition);
        };
        draw(1, 0, state, sums);
        draw(2, 0, again, sums_again);
        findings_.holds(same_bits(state, again) && sums == sums_again,
                        [] { return std::string("one thread and two give different bits"); });
        draw(1, 1, later, sums);
        findings_.holds(!same_bits(state, later), [] { return std::string("the draws of two steps are the same"); });
      });
}

void UnitLaws::of_memory() {
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

}  // namespace harmonium::conformance
