#include "stack/stack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

}  // namespace

void check_stack(const Specs& inputs, const std::string& models, Specs& outputs) {
  for (Index i = 1; i < inputs.count(models); ++i) {
    const Index below = inputs.get<Network>(models, i - 1).hidden_units();
    const Index above = inputs.get<Network>(models, i).visible_units();
    if (below != above)
      outputs.problem("in." + models, fmt::format("model {} has {} visible units, but model {} below it has {} hidden "
                                                  "units",
                                                  i + 1, above, i, below));
  }
}

Stack::Stack(const Inputs& inputs, Text port, Index rows, Top top) {
  for (Index i = 0; i < inputs.count(port); ++i) {
    const Network& model = inputs.get<Network>(port, i);
    const bool sampled = top == Top::is_sampled && i + 1 == inputs.count(port);
    if (model.visible().empty() || (!sampled && model.hidden().empty()))
      throw BadData(fmt::format("model {} needs a visible and a hidden layer to pass rows through", i + 1));
    if (!sampled && !model.hidden_independent())
      throw RunFailed(
          fmt::format("model {}: its hidden layers are joined to each other, so their means given the "
                      "visible layers are not exact",
                      i + 1));
    if (i > 0) {
      const Network& below = *models_.back();
      if (below.hidden().size() != 1 || model.visible().size() != 1)
        throw BadData(
            fmt::format("model {} does not fit on model {}: in a stack one hidden layer is the one visible "
                        "layer of the next",
                        i + 1, i));
      const Index hidden = below.layer(below.hidden()[0]).size, visible = model.layer(model.visible()[0]).size;
      if (hidden != visible)
        throw BadData(fmt::format("model {} has {} visible units, but model {} below it has {} hidden units", i + 1,
                                  visible, i, hidden));
    }
    models_.push_back(&model);
    chains_.emplace_back(model, rows);
    chains_.back().prepare(model);
  }
  if (models_.empty()) throw BadData("a stack needs at least one model");
}

void Stack::show(const Dataset& data, Span<const Index> rows) {
  for (Chains& chains : chains_) chains.show(rows.size);
  for (const Index l : bottom().visible()) data.read(data.part(bottom().layer(l).part), rows, bottom_chains()[l].state);
}

void Stack::show(const Dataset& data, Index first, Index count) {
  std::vector<Index> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), first);
  show(data, rows);
}

void Stack::up() {
  for (Index i = 0; i < size(); ++i) {
    for (const Index l : model(i).hidden()) update_layer(model(i), l, chains(i), Stream{}, Draw::mean);
    if (i + 1 < size()) copy(chains(i)[model(i).hidden()[0]].state, chains(i + 1)[model(i + 1).visible()[0]].state);
  }
}

void Stack::down() {
  for (Index i = size() - 1; i >= 0; --i) {
    for (const Index l : model(i).visible()) update_layer(model(i), l, chains(i), Stream{}, Draw::nothing);
    if (i > 0) copy(chains(i)[model(i).visible()[0]].mean, chains(i - 1)[model(i - 1).hidden()[0]].state);
  }
}

}  // namespace harmonium
