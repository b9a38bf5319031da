#include <cmath>

#include "harmonium/plugin.hpp"
#include "harmonium/update.hpp"

namespace harmonium {
namespace {

/// velocity = momentum * velocity + rate * gradient, parameter += velocity. Polyak 1964; Hinton 2012, section 9.
class Sgd final : public UpdateRule {
 public:
  Handle<Schedule> rate{"0.1"};
  Handle<Schedule> momentum{"0"};

  static void describe(ValueType<Sgd>& type) {
    type.says("Stochastic gradient ascent with momentum.").cites("Polyak 1964");
    type.parameter("rate", &Sgd::rate).at_least(0).says("Learning rate.");
    type.parameter("momentum", &Sgd::momentum)
        .at_least(0)
        .below(1)
        .says("Share of the last step that is kept; the rate does not scale it.");
  }
  int moments() const override { return 1; }
  void prepare(const Moment& now, double (&coefficients)[most_coefficients]) const override {
    coefficients[0] = rate->at(now);
    coefficients[1] = momentum->at(now);
  }
  void apply(const double (&coefficients)[most_coefficients], double scale, View<float> parameter,
             View<const float> gradient, View<float>* moments) const override {
    const auto step = static_cast<float>(coefficients[0] * scale), kept = static_cast<float>(coefficients[1]);
    for (Index i = 0; i < parameter.rows; ++i) {
      float* __restrict p = parameter.row(i).data;
      float* __restrict v = moments[0].row(i).data;
      const float* __restrict g = gradient.row(i).data;
      for (Index j = 0; j < parameter.columns; ++j) {
        v[j] = kept * v[j] + step * g[j];
        p[j] += v[j];
      }
    }
  }
  bool depends_on_length() const override { return rate->depends_on_length() || momentum->depends_on_length(); }
};

/// The step from the point that momentum alone would reach, written for parameters kept at that point:
/// velocity = momentum * velocity + rate * gradient, parameter += momentum * velocity + rate * gradient.
/// Nesterov 1983; in this form Sutskever, Martens, Dahl, Hinton 2013, and Bengio, Boulanger-Lewandowski, Pascanu 2013.
class Nesterov final : public UpdateRule {
 public:
  Handle<Schedule> rate{"0.1"};
  Handle<Schedule> momentum{"0.9"};

  static void describe(ValueType<Nesterov>& type) {
    type.says("Stochastic gradient ascent with Nesterov's momentum.").cites("Nesterov 1983; Sutskever et al. 2013");
    type.parameter("rate", &Nesterov::rate).at_least(0).says("Learning rate.");
    type.parameter("momentum", &Nesterov::momentum).at_least(0).below(1).says("Share of the last step that is kept.");
  }
  int moments() const override { return 1; }
  void prepare(const Moment& now, double (&coefficients)[most_coefficients]) const override {
    coefficients[0] = rate->at(now);
    coefficients[1] = momentum->at(now);
  }
  void apply(const double (&coefficients)[most_coefficients], double scale, View<float> parameter,
             View<const float> gradient, View<float>* moments) const override {
    const auto step = static_cast<float>(coefficients[0] * scale), kept = static_cast<float>(coefficients[1]);
    for (Index i = 0; i < parameter.rows; ++i) {
      float* __restrict p = parameter.row(i).data;
      float* __restrict v = moments[0].row(i).data;
      const float* __restrict g = gradient.row(i).data;
      for (Index j = 0; j < parameter.columns; ++j) {
        v[j] = kept * v[j] + step * g[j];
        p[j] += kept * v[j] + step * g[j];
      }
    }
  }
  bool depends_on_length() const override { return rate->depends_on_length() || momentum->depends_on_length(); }
};

/// Steps scaled by running means m of the gradient and v of its square, both corrected for starting at zero:
/// parameter += rate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon). Kingma, Ba 2015, algorithm 1.
class Adam final : public UpdateRule {
 public:
  Handle<Schedule> rate{"0.001"};
  double first = 0.9, second = 0.999, epsilon = 1e-8;

  static void describe(ValueType<Adam>& type) {
    type.says("Adam: steps scaled by running moments of the gradient.").cites("Kingma, Ba 2015");
    type.parameter("rate", &Adam::rate).at_least(0).says("Learning rate.");
    type.parameter("first", &Adam::first).at_least(0).below(1).says("Decay of the running mean (beta1).");
    type.parameter("second", &Adam::second).at_least(0).below(1).says("Decay of the running mean of squares (beta2).");
    type.parameter("epsilon", &Adam::epsilon).above(0).says("Keeps the division finite.");
  }
  int moments() const override { return 2; }
  void prepare(const Moment& now, double (&coefficients)[most_coefficients]) const override {
    const double steps = static_cast<double>(now.step) + 1;
    const double root = std::sqrt(1 - std::pow(second, steps));
    coefficients[0] = rate->at(now);
    coefficients[1] = coefficients[0] * root / (1 - std::pow(first, steps));
    coefficients[2] = epsilon * root;
  }
  void apply(const double (&coefficients)[most_coefficients], double scale, View<float> parameter,
             View<const float> gradient, View<float>* moments) const override {
    const auto step = static_cast<float>(coefficients[1] * scale), small = static_cast<float>(coefficients[2]);
    const auto b1 = static_cast<float>(first), b2 = static_cast<float>(second);
    for (Index i = 0; i < parameter.rows; ++i) {
      float* __restrict p = parameter.row(i).data;
      float* __restrict m = moments[0].row(i).data;
      float* __restrict v = moments[1].row(i).data;
      const float* __restrict g = gradient.row(i).data;
      for (Index j = 0; j < parameter.columns; ++j) {
        m[j] = b1 * m[j] + (1 - b1) * g[j];
        v[j] = b2 * v[j] + (1 - b2) * g[j] * g[j];
        p[j] += step * m[j] / (std::sqrt(v[j]) + small);
      }
    }
  }
  bool depends_on_length() const override { return rate->depends_on_length(); }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::Sgd>("update.sgd");
  registrar.value<harmonium::Nesterov>("update.nesterov");
  registrar.value<harmonium::Adam>("update.adam");
}
