#include "unroll.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {
namespace {

constexpr const char* binary_units = "units.bernoulli";

void copy_transposed(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i)
    for (Index j = 0; j < from.columns; ++j) to(j, i) = from(i, j);
}

/// Visible, then hidden; both null where it has not one of each.
std::pair<const LayerSpec*, const LayerSpec*> sides(const ModelSpec& model) {
  if (model.layers.size() != 2 || model.layers[0].visible == model.layers[1].visible) return {};
  const Index visible = model.layers[0].visible ? 0 : 1;
  return {&model.layers[static_cast<std::size_t>(visible)], &model.layers[static_cast<std::size_t>(1 - visible)]};
}

/// Notes what keeps model `number` (from 1) of the stack from being a directed layer over one of `width` units.
void check_rbm(const ModelSpec& model, Index number, Index width, Specs& out) {
  const auto [visible, hidden] = sides(model);
  const auto problem = [&](const std::string& what) {
    out.problem("in.stack", fmt::format("model {} {}", number, what));
  };
  if (!visible || model.links.size() != 1) return problem("is not an RBM of one visible and one hidden layer");
  if (model.links[0].connection != "connection.dense") problem("is not joined by connection.dense");
  for (const LayerSpec* layer : {visible, hidden})
    if (layer->units != binary_units)
      problem(fmt::format("has {} in layer '{}'; directed layers are of {}", layer->units, layer->name, binary_units));
  if (width > 0 && visible->size != width)
    problem(fmt::format("shows {} units, but the one below has {} hidden units", visible->size, width));
}

}  // namespace

void set_halves(const DeepBeliefSpec& spec, Specs& out) {
  out.set<Network>("top", spec.top);
  const std::vector<Index>& sizes = spec.below.sizes;
  if (sizes.empty()) return;
  out.set<Feedforward>("recognition", {sizes.front(), sizes.back(), {}, spec.below.part, spec.below.shape});
  out.set<Feedforward>("generation",
                       {sizes.back(), sizes.front(), {}, DeepBeliefNet::joint_part, {}, spec.below.shape});
}

void set_halves(const DeepBeliefNet& net, Outputs& out) {
  out.set("top", net.top);
  out.set("recognition", net.recognition());
  out.set("generation", net.generation());
}

void Unroll::describe(NodeType<Unroll>& type) {
  type.says(
          "A stack of RBMs as a deep belief network: an undirected top RBM over directed layers, whose weights for "
          "recognition and for generation begin as the RBMs' and may part.")
      .cites("Hinton, Osindero, Teh 2006")
      .list_input<Network>("stack",
                           "The RBMs below the top one, from the data upwards; of binary units. Unless 'top' is "
                           "connected, the last of them is the top RBM.")
      .optional_input<Network>("top", "The top RBM, trained on the features of the stack and, as a rule, their class.")
      .output<DeepBeliefNet>("model", "The network.");
  describe_halves(type);
}

void Unroll::outputs(const Specs& in, Specs& out) const {
  const Index directed = in.count("stack") - (in.has("top") ? 0 : 1);
  if (directed < 1)
    return out.problem("in.stack", "a deep belief network has an RBM at its top and at least one below, got one model");
  DeepBeliefSpec spec{{}, in.has("top") ? in.get<Network>("top") : in.get<Network>("stack", directed)};
  for (Index m = 0; m < directed; ++m) {
    const ModelSpec& model = in.get<Network>("stack", m);
    check_rbm(model, m + 1, m > 0 && !spec.below.sizes.empty() ? spec.below.sizes.back() : 0, out);
    const auto [visible, hidden] = sides(model);
    if (!visible) continue;
    if (m == 0) {
      spec.below.sizes.push_back(visible->size);
      spec.below.shape = visible->shape;
      spec.below.part = visible->part;
    }
    spec.below.sizes.push_back(hidden->size);
  }
  const std::string port = in.has("top") ? "in.top" : "in.stack", who = in.has("top") ? "" : "the top RBM: ";
  const LayerSpec* joint = nullptr;
  for (const LayerSpec& layer : spec.top.layers)
    if (!joint && layer.visible && layer.part == DeepBeliefNet::joint_part) joint = &layer;
  if (!joint)
    out.problem(port, fmt::format("{}none of its visible layers shows '{}', the features of the stack", who,
                                  DeepBeliefNet::joint_part));
  else if (joint->units != binary_units)
    out.problem(port, fmt::format("{}layer '{}' has {}, but what stands over directed layers is of {}", who,
                                  joint->name, joint->units, binary_units));
  else if (!spec.below.sizes.empty() && joint->size != spec.below.sizes.back())
    out.problem(port, fmt::format("{}layer '{}' shows {} units, but the stack has {} features", who, joint->name,
                                  joint->size, spec.below.sizes.back()));
  set_halves(spec, out);
  out.set<DeepBeliefNet>("model", std::move(spec));
}

Outputs Unroll::run(const Inputs& in, Context&) const {
  DeepBeliefNet net;
  HelmholtzSpec spec;
  const Index directed = in.count("stack") - (in.has("top") ? 0 : 1);
  for (Index m = 0; m < directed; ++m) {
    const auto& model = in.get<Network>("stack", m);
    const Layer& visible = model.layer(model.visible().at(0));
    if (m == 0) spec = {{visible.size}, visible.shape, visible.part};
    spec.sizes.push_back(model.layer(model.hidden().at(0)).size);
  }
  net.below = HelmholtzMachine(spec);
  for (Index m = 0; m < directed; ++m) {
    const auto& model = in.get<Network>("stack", m);
    const Link& link = model.link(0);
    const bool upwards = model.layer(link.a).visible;
    HelmholtzMachine::Link& made = net.below.link(m);
    const View<const float> weights = link.weights.view();
    Tensor& same = upwards ? made.recognition : made.generation;
    if (same.rows() != weights.rows || same.columns() != weights.columns)
      throw BadData(fmt::format("model {} of the stack is not joined densely", m + 1));
    same = link.weights;
    copy_transposed(weights, (upwards ? made.generation : made.recognition).view());
    net.below.layer(m).bias = model.layer(model.visible().at(0)).parameters;
    net.below.layer(m + 1).recognition_bias = model.layer(model.hidden().at(0)).parameters;
  }
  net.top = in.has("top") ? in.get<Network>("top") : in.get<Network>("stack", directed);
  Outputs out;
  set_halves(net, out);
  out.set("model", std::move(net));
  return out;
}

}  // namespace harmonium::helmholtz
