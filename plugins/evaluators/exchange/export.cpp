#include "export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "arrays.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"

namespace harmonium {
namespace {

template <class Type>
void describe_inputs(Type& type) {
  type.template optional_list_input<Network>("model",
                                             "Networks; of several, the first one's arrays are named '1.…', the "
                                             "second one's '2.…'.")
      .template optional_input<Feedforward>("readout",
                                            "A feed-forward network: a read-out, a fine-tuned stack, an encoder, an "
                                            "autoencoder.")
      .template optional_input<HelmholtzMachine>("helmholtz", "A Helmholtz machine.")
      .template optional_input<DeepBeliefNet>("belief_net",
                                              "A deep belief network of model.deep_belief or trainer.up_down.");
}

void check_connected(const Specs& inputs, Specs& outputs) {
  for (const char* port : {"model", "readout", "helmholtz", "belief_net"})
    if (inputs.has(port)) return;
  outputs.problem("in.model", "nothing to export: connect 'model', 'readout', 'helmholtz' or 'belief_net'");
}

std::vector<NamedArray> all_arrays(const Inputs& inputs, bool described) {
  std::vector<NamedArray> all;
  const auto append = [&](std::vector<NamedArray> more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  };
  const Index models = inputs.count("model");
  for (Index i = 0; i < models; ++i)
    append(arrays_of(inputs.get<Network>("model", i), models > 1 ? fmt::format("{}.", i + 1) : "", described));
  if (inputs.has("readout")) append(arrays_of(inputs.get<Feedforward>("readout"), described));
  if (inputs.has("helmholtz")) append(arrays_of(inputs.get<HelmholtzMachine>("helmholtz"), described));
  if (inputs.has("belief_net")) append(arrays_of(inputs.get<DeepBeliefNet>("belief_net"), described));
  std::set<std::string> names;
  for (const NamedArray& array : all)
    if (!names.insert(array.name).second)
      throw RunFailed(fmt::format("two arrays would be called '{}': export the models to a file each", array.name));
  return all;
}

}  // namespace

void ExportNpz::describe(NodeType<ExportNpz>& type) {
  type.says(
      "Everything that models have learned, as an .npz file for numpy.load. Of a network: 'LAYER.PARAMETER' (as in "
      "'hidden.bias') and 'A-B.weights' (as in 'visible-hidden.weights': units of A x units of B). Of a read-out: "
      "'layer1.weights' (inputs x outputs), 'layer1.bias' and so on. Of a Helmholtz machine: 'helmholtz.layer0.bias' "
      "(layer 0 shows the data), 'helmholtz.layer1.recognition_bias', 'helmholtz.layer1-layer0.weights' (generation), "
      "'helmholtz.layer0-layer1.weights' (recognition); of a deep belief network likewise 'belief_net.…', its top RBM "
      "'belief_net.top.…'. All float32. What kinds of units and connections a model has, and what is known of its log "
      "Z, stands as JSON in the bytes of 'model', 'readout', 'helmholtz' and 'belief_net': with them model.read, "
      "model.read.feedforward, model.read.helmholtz and model.read.belief_net make it again.");
  type.version(5);
  describe_inputs(type);
  type.output<File>("file", "NODE.npz");
}

void ExportNpz::outputs(const Specs& inputs, Specs& outputs) const { check_connected(inputs, outputs); }

Outputs ExportNpz::run(const Inputs& inputs, Context&) const {
  Outputs outputs;
  outputs.set("file", File{"npz", write_npz(all_arrays(inputs, true))});
  return outputs;
}

void ExportNpy::describe(NodeType<ExportNpy>& type) {
  type.says("One array of a model, as an .npy file for numpy.load; the names are those of export.npz.");
  describe_inputs(type);
  type.output<File>("file", "NODE.npy");
  type.parameter("array", &ExportNpy::array)
      .required()
      .example("visible-hidden.weights")
      .says("The name of the array, as in 'visible-hidden.weights'.");
}

void ExportNpy::outputs(const Specs& inputs, Specs& outputs) const { check_connected(inputs, outputs); }

Outputs ExportNpy::run(const Inputs& inputs, Context&) const {
  std::string there;
  for (const NamedArray& each : all_arrays(inputs, false)) {
    if (each.name == array) {
      Outputs outputs;
      outputs.set("file", File{"npy", write_npy(each.values)});
      return outputs;
    }
    there += (there.empty() ? "'" : ", '") + each.name + "'";
  }
  throw RunFailed(fmt::format("there is no array '{}' to export; there are {}", array, there));
}

}  // namespace harmonium
