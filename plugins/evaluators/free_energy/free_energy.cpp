#include <algorithm>
#include <cmath>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"
#include "stack/stack.hpp"

namespace harmonium {
namespace {

/// Mean free energy of the first `rows` rows.
Mean mean_free_energy(const Network& model, const Dataset& data, Index rows) {
  constexpr Index block = 1000;
  std::vector<double> energies(static_cast<std::size_t>(rows));
  std::vector<Tensor> shown;
  for (const Index l : model.visible()) shown.push_back(Tensor::matrix(std::min(block, rows), model.layer(l).size));
  for (Index first = 0; first < rows; first += block) {
    const Index count = std::min(block, rows - first);
    std::vector<View<const float>> views;
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const View<float> view = shown[i].view().row_range(0, count);
      data.read(data.part(model.layer(model.visible()[i]).part), first, count, view);
      views.push_back(view);
    }
    free_energy(model, views, {energies.data() + first, count});
  }
  return mean_of(energies);
}

/// What both monitors have in common: two data sets and how much of them is looked at.
struct Monitor {
  Index rows = 5000;

  template <class Type>
  static void describe_data(Type& type) {
    type.template input<Dataset>("train", "The rows that the model is trained on.")
        .template input<Dataset>("heldout", "Rows that it has not seen.");
    type.parameter("rows", &Monitor::rows)
        .at_least(2)
        .unit("rows")
        .says("How many of the first rows of each data set are looked at; fewer where one has fewer.");
  }

  static void check_data(const ModelSpec& model, const Specs& inputs, Specs& outputs) {
    if (!model.hidden_independent())
      outputs.problem("", "the free energy is not exact in this model: its hidden units are joined to each other");
    for (const std::string port : {"train", "heldout"})
      check_shown(model, inputs.get<Dataset>(port), "in." + port, outputs);
  }

  Index rows_of(const Dataset& train, const Dataset& heldout) const {
    const Index n = std::min({rows, train.rows(), heldout.rows()});
    if (n < 2) throw BadData("the free energy monitor needs at least two rows of each data set");
    return n;
  }

  static const std::vector<std::string>& columns() {
    static const std::vector<std::string> names{
        "train", "standard error of train", "held out", "standard error of held out", "gap", "standard error of gap"};
    return names;
  }

  std::vector<double> compare(const Network& model, const Dataset& train, const Dataset& heldout) const {
    const Index n = rows_of(train, heldout);
    const Mean seen = mean_free_energy(model, train, n), unseen = mean_free_energy(model, heldout, n);
    return {seen.value,
            seen.error,
            unseen.value,
            unseen.error,
            unseen.value - seen.value,
            std::hypot(seen.error, unseen.error)};
  }

  Table table(std::string rows_are) const {
    return {"mean free energy", std::move(rows_are), columns(), std::vector<std::string>(columns().size(), "nats"), {}};
  }
};

/// F(v) holds no log Z, so that only its difference between data sets means something: held-out rows lying higher than
/// training rows, by more than the errors, is overfitting. Hinton 2012, section 6.
class FreeEnergy : public Monitor {
 public:
  static void describe(NodeType<FreeEnergy>& type) {
    type.says(
            "The mean free energy of training rows beside that of held-out rows. The gap, held out less train, grows "
            "when a model overfits; the energies themselves are known only up to log Z.")
        .cites("Hinton 2012, A practical guide to training restricted Boltzmann machines, section 6")
        .input<Network>("model", "A model whose hidden layers are independent given the visible ones.")
        .output<Table>("table", "One row: means, standard errors and the gap.");
    describe_data(type);
  }

  void outputs(const Specs& inputs, Specs& outputs) const { check_data(inputs.get<Network>("model"), inputs, outputs); }

  Outputs run(const Inputs& inputs, Context& context) const {
    Table result = table("");
    result.rows.push_back(
        {"", compare(inputs.get<Network>("model"), inputs.get<Dataset>("train"), inputs.get<Dataset>("heldout"))});
    context.metric("gap", result.rows[0].values[4], "nats");
    Outputs outputs;
    outputs.set("table", std::move(result));
    return outputs;
  }
};

/// The same for every snapshot that a trainer kept: log Z changes as training goes on, the gap can be followed.
class FreeEnergyCourse : public Monitor {
 public:
  static void describe(NodeType<FreeEnergyCourse>& type) {
    type.says(
            "The mean free energy of training rows beside that of held-out rows at every snapshot of a training: "
            "where the gap begins to grow, overfitting begins.")
        .cites("Hinton 2012, A practical guide to training restricted Boltzmann machines, section 6")
        .input<Snapshots>("snapshots", "The models at some epochs of a training.")
        .output<Table>("table", "A row for each snapshot.");
    describe_data(type);
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    check_data(inputs.get<Snapshots>("snapshots"), inputs, outputs);
  }

  Outputs run(const Inputs& inputs, Context& context) const {
    const auto& taken = inputs.get<Snapshots>("snapshots").taken;
    Table result = table("epoch");
    for (const Snapshots::Taken& snapshot : taken) {
      result.rows.push_back({std::to_string(snapshot.epoch),
                             compare(snapshot.model, inputs.get<Dataset>("train"), inputs.get<Dataset>("heldout"))});
      context.progress(static_cast<double>(result.rows.size()), static_cast<double>(taken.size()), "snapshots");
    }
    Outputs outputs;
    outputs.set("table", std::move(result));
    return outputs;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::FreeEnergy>("evaluator.free_energy");
  registrar.node<harmonium::FreeEnergyCourse>("evaluator.free_energy_course");
}
