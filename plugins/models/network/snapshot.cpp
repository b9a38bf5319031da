#include "snapshot.hpp"

#include <fmt/format.h>

#include <string>

#include "harmonium/errors.hpp"

namespace harmonium {

void Snapshot::describe(NodeType<Snapshot>& type) {
  type.says("The model as it was at an epoch of its training, of which a trainer keeps snapshots.")
      .input<Snapshots>("snapshots", "The models at some epochs of a training.")
      .output<Network>("model", "The model then.");
  type.parameter("epoch", &Snapshot::epoch)
      .required()
      .example("0")
      .at_least(0)
      .unit("epochs")
      .says("Epochs done; 0 is before training. Which there are depends on how many epochs and snapshots there were.");
}

void Snapshot::outputs(const Specs& in, Specs& out) const {
  out.set<Network>("model", in.get<Snapshots>("snapshots").retrained());
}

Outputs Snapshot::run(const Inputs& in, Context&) const {
  std::string epochs;
  for (const Snapshots::Taken& taken : in.get<Snapshots>("snapshots").taken) {
    if (taken.epoch == epoch) {
      Outputs outputs;
      outputs.set("model", taken.model);
      return outputs;
    }
    epochs += fmt::format("{}{}", epochs.empty() ? "" : ", ", taken.epoch);
  }
  throw BadPipeline(fmt::format("there is no snapshot of epoch {}; there are those of {}", epoch, epochs),
                    "with.epoch");
}

}  // namespace harmonium
