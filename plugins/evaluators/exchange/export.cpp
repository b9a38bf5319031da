#include "export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "arrays.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"

namespace harmonium {
namespace {

template <class Type>
void describe_inputs(Type& type) {
  type.template optional_list_input<Network>("model",
                                             "Models; of several, the first one's arrays are named '1.…', the "
                                             "second one's '2.…'.")
      .template optional_input<Feedforward>("readout", "A read-out or a fine-tuned network.");
}

void check_connected(const Specs& inputs, Specs& outputs) {
  if (!inputs.has("model") && !inputs.has("readout"))
    outputs.problem("in.model", "nothing to export: connect 'model' or 'readout'");
}

/// What each model is beside its numbers.
std::vector<NamedArray> descriptions(const Inputs& inputs) {
  std::vector<NamedArray> all;
  const Index models = inputs.count("model");
  for (Index i = 0; i < models; ++i)
    all.push_back(description_of(inputs.get<Network>("model", i), models > 1 ? fmt::format("{}.", i + 1) : ""));
  return all;
}

std::vector<NamedArray> all_arrays(const Inputs& inputs) {
  std::vector<NamedArray> all;
  const auto append = [&](std::vector<NamedArray> more) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  };
  const Index models = inputs.count("model");
  for (Index i = 0; i < models; ++i)
    append(arrays_of(inputs.get<Network>("model", i), models > 1 ? fmt::format("{}.", i + 1) : ""));
  if (inputs.has("readout")) append(arrays_of(inputs.get<Feedforward>("readout")));
  return all;
}

}  // namespace

void ExportNpz::describe(NodeType<ExportNpz>& type) {
  type.says(
      "Everything that models have learned, as an .npz file for numpy.load. Of a network: 'LAYER.PARAMETER' (as in "
      "'hidden.bias') and 'A-B.weights' (as in 'visible-hidden.weights': units of A x units of B). Of a read-out: "
      "'layer1.weights' (inputs x outputs), 'layer1.bias' and so on. All float32. What kinds of units and connections "
      "a network has, and what is known of its log Z, stands as JSON in the bytes of 'model': with them model.read "
      "makes it again.");
  type.version(4);
  describe_inputs(type);
  type.output<File>("file", "NODE.npz");
}

void ExportNpz::outputs(const Specs& inputs, Specs& outputs) const { check_connected(inputs, outputs); }

Outputs ExportNpz::run(const Inputs& inputs, Context&) const {
  std::vector<NamedArray> arrays = all_arrays(inputs);
  for (NamedArray& description : descriptions(inputs)) arrays.push_back(std::move(description));
  Outputs outputs;
  outputs.set("file", File{"npz", write_npz(arrays)});
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
  for (const NamedArray& each : all_arrays(inputs)) {
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
