#pragma once

#include "harmonium/export.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/value.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// How a gradient becomes a step. `gradient` points uphill: parameters move along it. Elementwise, so that it can be
/// applied panel by panel.
class HARMONIUM_INTERFACE UpdateRule {
 public:
  static constexpr const char* kind = "update rule";
  using Contract = UpdateRule;
  static constexpr int most_coefficients = 8;
  static constexpr int most_moments = 2;

  HARMONIUM_API virtual ~UpdateRule();
  /// Matrices of the parameter's shape that the rule keeps from step to step, zero at the start: 0 to most_moments.
  virtual int moments() const = 0;
  /// What the step at `now` needs, computed once a step (the learning rate first), for apply().
  virtual void prepare(const Moment& now, double (&coefficients)[most_coefficients]) const = 0;
  /// One step of a panel of a parameter; `moments` are the same panel of each matrix kept. `scale` multiplies the rate.
  virtual void apply(const double (&coefficients)[most_coefficients], double scale, View<float> parameter,
                     View<const float> gradient, View<float>* moments) const = 0;
  virtual bool depends_on_length() const { return false; }
};

}  // namespace harmonium
