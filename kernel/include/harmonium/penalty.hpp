#pragma once

#include "harmonium/export.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/value.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// Something to be kept small besides the main objective. A penalty may look at weights, at activities, or at both.
class HARMONIUM_INTERFACE Penalty {
 public:
  static constexpr const char* kind = "penalty";
  using Contract = Penalty;
  HARMONIUM_API virtual ~Penalty();

  virtual bool on_weights() const { return false; }
  /// Adds minus the penalty's derivative to the uphill gradient of a panel of weights (never called for biases).
  virtual void weights(View<const float> weights, View<float> gradient) const;

  virtual bool bounds_weights() const { return false; }
  /// Puts the weights between two layers (units of the lower x units of the upper one) back within bounds, after all of
  /// them have moved.
  virtual void bound(View<float> weights) const;

  virtual bool on_activities() const { return false; }
  /// `means` are the expected states of a hidden layer in the clamped phase (batch x units), `memory` one value a unit
  /// kept from step to step, minus infinity before the first. Adds to `push` (one value a unit) minus the penalty's
  /// derivative with respect to the input of the unit, the same for every row.
  virtual void activities(View<const float> means, Span<float> memory, Span<float> push) const;
};

}  // namespace harmonium
