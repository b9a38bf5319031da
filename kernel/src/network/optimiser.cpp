#include "harmonium/optimiser.hpp"

#include "harmonium/errors.hpp"

namespace harmonium {

Optimiser::Optimiser(Handle<UpdateRule> rule, std::vector<Handle<Penalty>> penalties)
    : rule_(std::move(rule)), penalties_(std::move(penalties)) {}

Index Optimiser::attach(Role role, Index rows, Index columns, double rate_scale) {
  Kept kept{role, rate_scale, {}};
  for (int i = 0; i < rule_->moments(); ++i) kept.moments.push_back(Tensor::matrix(rows, columns));
  kept_.push_back(std::move(kept));
  return static_cast<Index>(kept_.size()) - 1;
}

void Optimiser::begin(const Moment& now) { rule_->prepare(now, coefficients_); }

void Optimiser::apply(Index number, Index row, Index column, View<float> parameter, View<float> gradient) {
  Kept& kept = kept_[static_cast<std::size_t>(number)];
  if (kept.role == Role::weight)
    for (const Handle<Penalty>& penalty : penalties_)
      if (penalty->on_weights()) penalty->weights(parameter, gradient);
  View<float> moments[UpdateRule::most_moments];
  for (std::size_t i = 0; i < kept.moments.size(); ++i)
    moments[i] = kept.moments[i].view().row_range(row, gradient.rows).column_range(column, gradient.columns);
  rule_->apply(coefficients_, kept.rate_scale, parameter, gradient, moments);
}

void Optimiser::bound(View<float> weights) const {
  for (const Handle<Penalty>& penalty : penalties_)
    if (penalty->bounds_weights()) penalty->bound(weights);
}

void Optimiser::Kept::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const Tensor::Shape shape = moments[i].shape();
    visitor(Text(std::to_string(i)), moments[i]);
    if (moments[i].shape() != shape || moments[i].element() != Element::float32)
      throw BadData("what was saved of an update rule does not fit its parameters");
  }
}

void Optimiser::visit(Visitor& visitor) {
  for (std::size_t i = 0; i < kept_.size(); ++i) visitor(Text(std::to_string(i)), kept_[i]);
}

}  // namespace harmonium
