#include "transpose.hpp"

#include <fmt/format.h>

#include <string>

namespace harmonium {
namespace {

std::string part_of(const std::string& first, int number) {
  return number == 0 ? first : fmt::format("{}{}", first, number + 1);
}

}  // namespace

void Transpose::describe(NodeType<Transpose>& type) {
  type.says(
          "The same machine from its other side: what was hidden shows, what showed is hidden. Put on top of the RBM "
          "that it was made of it leaves the likelihood of the stack as it is, and what makes its features likelier "
          "raises the bound: how the upper RBM of a deep belief network begins; model.extend gives it more hidden "
          "units.")
      .cites("Hinton, Osindero, Teh 2006, section 4")
      .input<Network>("model", "The machine.")
      .output<Network>("model", "The machine with its sides exchanged.");
  type.parameter("part", &Transpose::part)
      .says("The part of the data that its visible layer shows; further ones show PART2, PART3 and so on.");
}

void Transpose::outputs(const Specs& in, Specs& out) const {
  ModelSpec model = in.get<Network>("model");
  if (model.hidden_units() == 0) out.problem("in.model", "a machine without hidden units has no other side");
  int shown = 0;
  for (LayerSpec& layer : model.layers) {
    layer.visible = !layer.visible;
    layer.part = layer.visible ? part_of(part, shown++) : "";
  }
  out.set<Network>("model", model.retrained());
}

Outputs Transpose::run(const Inputs& in, Context&) const {
  Network model = in.get<Network>("model");
  int shown = 0;
  for (Index l = 0; l < model.size(); ++l) {
    Layer& layer = model.layer(l);
    layer.visible = !layer.visible;
    layer.part = layer.visible ? part_of(part, shown++) : "";
  }
  Outputs outputs;
  outputs.set("model", std::move(model));
  return outputs;
}

}  // namespace harmonium
