#include "harmonium/feedforward.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {

void Feedforward::Stage::visit(Visitor& visitor) {
  visit_handle(visitor, "units", units);
  visitor("weights", weights);
  visitor("parameters", parameters);
  if (visitor.loading() && (parameters.rows() != units->parameters().size || parameters.columns() != weights.columns()))
    throw BadData("a layer of a feed-forward network has parameters that do not fit its weights");
  if (visitor.loading() && weights.columns() > 0)
    if (const Index block = units->block(weights.columns()); block < 1 || weights.columns() % block != 0)
      throw BadData(fmt::format("{} units of a feed-forward network cannot be cut into blocks of {}, as {} needs",
                                weights.columns(), block, units.type()));
}

FeedforwardSpec Feedforward::spec() const {
  if (stages.empty()) return {};
  return {stages.front().inputs(), stages.back().outputs(), classes, part, input_shape, output_shape};
}

void Feedforward::forward(View<const float> in, View<float> out) const {
  constexpr Index block = 1024;
  std::vector<Tensor> theta, input;
  const Index rows = std::min(block, in.rows);
  for (const Stage& stage : stages) {
    theta.push_back(Tensor::matrix(stage.units->statistics(), stage.outputs()));
    stage.units->natural(stage.parameters.view(), theta.back().view());
    input.push_back(Tensor::matrix(rows, stage.outputs()));
  }
  for (Index first = 0; first < in.rows; first += block) {
    const Index count = std::min(block, in.rows - first);
    View<const float> below = in.row_range(first, count);
    for (std::size_t s = 0; s < stages.size(); ++s) {
      const View<float> at = input[s].view().row_range(0, count);
      product<float>(below, stages[s].weights.view(), at);
      const View<float> mean = s + 1 == stages.size() ? out.row_range(first, count) : at;
      stages[s].units->mean(theta[s].view(), at, mean);
      below = mean;
    }
  }
}

void Feedforward::visit(Visitor& visitor) {
  visitor("stages", stages);
  visitor("classes", classes);
  visitor("part", part);
  visitor("input shape", input_shape);
  visitor("output shape", output_shape);
  if (!visitor.loading()) return;
  for (std::size_t s = 1; s < stages.size(); ++s)
    if (stages[s].inputs() != stages[s - 1].outputs()) throw BadData("the layers of a feed-forward network do not fit");
}

}  // namespace harmonium
