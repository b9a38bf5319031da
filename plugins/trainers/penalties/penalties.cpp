#include <algorithm>
#include <cmath>

#include "harmonium/parallel.hpp"
#include "harmonium/penalty.hpp"
#include "harmonium/plugin.hpp"

namespace harmonium {
namespace {

/// cost * sum |w|.
class L1 final : public Penalty {
 public:
  double cost = 1e-4;
  static void describe(ValueType<L1>& type) {
    type.says("cost times the sum of |w|: weights that are not needed become zero.").cites("Tibshirani 1996");
    type.parameter("cost", &L1::cost).at_least(0).says("Its weight against the mean log-likelihood or loss of a row.");
  }
  bool on_weights() const override { return true; }
  void weights(View<const float> at, View<float> gradient) const override {
    const auto pull = static_cast<float>(cost);
    for (Index i = 0; i < at.rows; ++i) {
      const float* __restrict w = at.row(i).data;
      float* __restrict g = gradient.row(i).data;
      for (Index j = 0; j < at.columns; ++j) g[j] -= w[j] > 0 ? pull : (w[j] < 0 ? -pull : 0.0F);
    }
  }
};

/// cost/2 * sum w^2, whose derivative is cost * w.
class L2 final : public Penalty {
 public:
  double cost = 2e-4;
  static void describe(ValueType<L2>& type) {
    type.says("cost/2 times the sum of w squared: weight decay.").cites("Hinton 2012, section 10");
    type.parameter("cost", &L2::cost).at_least(0).says("Its weight against the mean log-likelihood or loss of a row.");
  }
  bool on_weights() const override { return true; }
  void weights(View<const float> at, View<float> gradient) const override {
    const auto pull = static_cast<float>(cost);
    for (Index i = 0; i < at.rows; ++i) {
      const float* __restrict w = at.row(i).data;
      float* __restrict g = gradient.row(i).data;
      for (Index j = 0; j < at.columns; ++j) g[j] -= pull * w[j];
    }
  }
};

/// The incoming weights of a unit, as a vector, are at most so long: a longer one is shortened. Srivastava et al. 2014,
/// section 5.1.
class MaxNorm final : public Penalty {
 public:
  double most = 3;
  static void describe(ValueType<MaxNorm>& type) {
    type.says("Shortens the incoming weights of a unit of the upper layer that are longer than a bound.")
        .cites("Srivastava et al. 2014");
    type.parameter("most", &MaxNorm::most).above(0).says("The length that a unit's incoming weights may have.");
  }
  bool bounds_weights() const override { return true; }
  void bound(View<float> weights) const override {
    constexpr Index wide = 64;
    parallel((weights.columns + wide - 1) / wide, [&](Index block) {
      const View<float> some = weights.column_range(block * wide, std::min(wide, weights.columns - block * wide));
      float scale[wide] = {};
      for (Index i = 0; i < some.rows; ++i) {
        const float* w = some.row(i).data;
        for (Index j = 0; j < some.columns; ++j) scale[j] += w[j] * w[j];
      }
      bool any = false;
      for (Index j = 0; j < some.columns; ++j) {
        const double length = std::sqrt(static_cast<double>(scale[j]));
        any = any || length > most;
        scale[j] = length > most ? static_cast<float>(most / length) : 1.0F;
      }
      for (Index i = 0; any && i < some.rows; ++i) {
        float* w = some.row(i).data;
        for (Index j = 0; j < some.columns; ++j) w[j] *= scale[j];
      }
    });
  }
};

/// cost times the cross entropy between a target p and a running mean q of each hidden unit's activity, whose
/// derivative with respect to the unit's input is cost * (q - p). Hinton 2012, section 11; Lee, Ekanadham, Ng 2008.
class Sparsity final : public Penalty {
 public:
  double target = 0.1, cost = 0.1, decay = 0.9;
  static void describe(ValueType<Sparsity>& type) {
    type.says("Pulls the mean activity of every hidden unit towards a target.").cites("Hinton 2012, section 11");
    type.parameter("target", &Sparsity::target).above(0).below(1).says("The activity wanted.");
    type.parameter("cost", &Sparsity::cost).at_least(0).says("Its weight against the mean log-likelihood of a row.");
    type.parameter("decay", &Sparsity::decay)
        .at_least(0)
        .below(1)
        .unit("per step")
        .says("Of the running mean of the activity.");
  }
  bool on_activities() const override { return true; }
  void activities(View<const float> means, Span<float> memory, Span<float> push) const override {
    for (Index j = 0; j < means.columns; ++j) {
      double sum = 0;
      for (Index i = 0; i < means.rows; ++i) sum += static_cast<double>(means(i, j));
      const auto now = static_cast<float>(sum / static_cast<double>(means.rows));
      memory[j] =
          std::isinf(memory[j]) ? now : static_cast<float>(decay) * memory[j] + static_cast<float>(1 - decay) * now;
      push[j] += static_cast<float>(cost) * (static_cast<float>(target) - memory[j]);
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::L1>("penalty.l1");
  registrar.value<harmonium::L2>("penalty.l2");
  registrar.value<harmonium::MaxNorm>("penalty.max_norm");
  registrar.value<harmonium::Sparsity>("penalty.sparsity");
}
