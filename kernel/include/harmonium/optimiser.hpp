#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/penalty.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/update.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// Statistics of bounded units stay finite however absurd the weights: what grows beyond this has diverged.
inline constexpr float largest_parameter = 1e5F;

/// Applies an update rule and penalties to a set of parameters, panel by panel, and owns what the rule keeps.
class HARMONIUM_API Optimiser {
 public:
  Optimiser() = default;
  Optimiser(Handle<UpdateRule> rule, std::vector<Handle<Penalty>> penalties);

  /// Adds a parameter matrix; returns its number. Penalties on weights leave biases alone.
  enum class Role : std::uint8_t { weight, bias };
  Index attach(Role role, Index rows, Index columns, double rate_scale = 1);
  /// Begins the step at `now`.
  void begin(const Moment& now);
  /// One step of a panel whose first element is (row, column) of parameter `number`. `gradient` points uphill and is
  /// spoiled. May be called from several threads for different panels.
  void apply(Index number, Index row, Index column, View<float> parameter, View<float> gradient);
  /// After apply() for all panels of the weights between two layers: what penalties say of them as a whole.
  void bound(View<float> weights) const;
  /// The rate of the step begun.
  double rate() const { return coefficients_[0]; }
  const std::vector<Handle<Penalty>>& penalties() const { return penalties_; }

  /// The moments. Attach the same parameters first.
  void visit(Visitor& visitor);

 private:
  struct Kept {
    Role role;
    double rate_scale;
    std::vector<Tensor> moments;
    void visit(Visitor& visitor);
  };
  Handle<UpdateRule> rule_;
  std::vector<Handle<Penalty>> penalties_;
  double coefficients_[UpdateRule::most_coefficients] = {};
  std::vector<Kept> kept_;
};

}  // namespace harmonium
