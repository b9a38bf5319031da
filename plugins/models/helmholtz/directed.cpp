#include "directed.hpp"

#include <fmt/format.h>

#include <string>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

std::vector<Index> Directed::classes() const {
  std::vector<Index> layers;
  if (top)
    for (const Index l : top->visible())
      if (l != joint) layers.push_back(l);
  return layers;
}

void check_hidden(const DeepBeliefSpec& net, Specs& out) {
  if (!net.top.hidden_independent())
    out.problem("in.model", "the hidden units of its top RBM are joined to each other and cannot be summed out");
  for (const LayerSpec& layer : net.top.layers)
    if (!layer.exact)
      out.problem("in.model", fmt::format("layer '{}' of its top RBM has {}, which are approximate: they have no "
                                          "energy",
                                          layer.name, layer.units));
}

void check_summed_out(const DeepBeliefSpec& net, Specs& out) {
  check_hidden(net, out);
  Index classes = 0;
  for (const LayerSpec& layer : net.top.layers)
    if (layer.visible && layer.part != DeepBeliefNet::joint_part && (++classes > 1 || layer.units != "units.softmax"))
      out.problem("in.model", fmt::format("layer '{}' of its top RBM has {}; one layer of units.softmax that are one "
                                          "class can be summed out",
                                          layer.name, layer.units));
}

JointCosts::JointCosts(const Directed& model, Index most) {
  const std::vector<Index> classes = model.classes();
  if (classes.empty()) return;
  const Layer& layer = model.top->layer(classes.front());
  if (classes.size() > 1 || layer.units->block(layer.size) != layer.size)
    throw BadData(fmt::format("layer '{}' of the top RBM has {} of {}, which are more than one class", layer.name,
                              layer.size, layer.units.type()));
  posterior_ = ClassPosterior(*model.top, classes.front(), most);
  posterior_.prepare(*model.top);
  first_class_ = Tensor::matrix(most, layer.size);
  for (Index i = 0; i < most; ++i) first_class_.view()(i, 0) = 1;
}

void JointCosts::add(const Directed& model, Activity& activity, Span<double> costs) {
  const Index highest = model.below->size() - 1;
  for (Index l = 0; l < highest; ++l) activity.predict_down(*model.below, l, costs);
  if (!model.top) return activity.predict_down(*model.below, highest, costs);
  const View<const float> joint = activity.state(highest).row_range(0, costs.size);
  std::vector<View<const float>> shown;
  for (const Index l : model.top->visible())
    shown.push_back(l == model.joint ? joint : first_class_.view().row_range(0, costs.size));
  std::vector<double> energies(static_cast<std::size_t>(costs.size));
  free_energy(*model.top, shown, energies);
  for (Index i = 0; i < costs.size; ++i) costs[i] += energies[static_cast<std::size_t>(i)];
  if (first_class_.empty()) return;
  posterior_.show(costs.size);
  copy(joint, posterior_.features(model.joint));
  posterior_.infer(*model.top);
  for (Index i = 0; i < costs.size; ++i) costs[i] += posterior_.log_probability()(i, 0);
}

}  // namespace harmonium::helmholtz
