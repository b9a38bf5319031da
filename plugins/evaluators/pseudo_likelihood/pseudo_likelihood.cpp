#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "conditional.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

/// Mean over rows of sum_i log p(v_i | v_-i). Besag 1975, equation 4.
class PseudoLikelihood {
 public:
  Index coordinates = 0;

  static void describe(NodeType<PseudoLikelihood>& type) {
    type.says(
            "The pseudo-log-likelihood of data: the log-probability of each visible unit given all others, summed over "
            "the units and averaged over the rows. It needs no partition function, but is no likelihood.")
        .cites("Besag 1975, Statistical analysis of non-lattice data")
        .input<Network>("model", "A model whose hidden layers are independent given the visible ones.")
        .input<Dataset>("data", "The rows, of states that the visible units can take.")
        .output<Table>("table", "One row: mean pseudo-log-likelihood of a row, its standard error, rows.")
        .random();
    type.parameter("coordinates", &PseudoLikelihood::coordinates)
        .at_least(0)
        .unit("units")
        .says(
            "How many visible units are looked at in each row, drawn at random without replacement and scaled up to "
            "all; units drawn together, as one of K, count as one. 0, or more than there are: all.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    const ModelSpec& model = inputs.get<Network>("model");
    if (!model.hidden_independent())
      outputs.problem("in.model",
                      "the pseudo-likelihood is not exact in this model: its hidden units are joined to each other");
    for (const LayerSpec& layer : model.layers)
      if (!layer.exact)
        outputs.problem("in.model",
                        fmt::format("the pseudo-likelihood needs exact units, but layer '{}' has {}, which are "
                                    "approximate",
                                    layer.name, layer.units));
    check_shown(model, inputs.get<Dataset>("data"), "in.data", outputs);
    outputs.set<Table>("table", {});
  }

  struct State {
    std::vector<double> logs;          ///< of the rows that are done
    std::shared_ptr<Machine> machine;  ///< made anew after a resume
    void visit(Visitor& visitor) { visitor("logs", logs); }
  };

  State start(const Inputs& inputs, Context&) const {
    if (inputs.get<Dataset>("data").rows() == 0) throw BadData("there are no rows");
    return {};
  }

  /// A block of rows.
  bool advance(State& state, const Inputs& inputs, Context& context) const {
    const auto& data = inputs.get<Dataset>("data");
    if (!state.machine) state.machine = std::make_shared<Machine>(inputs.get<Network>("model"));
    const Machine& machine = *state.machine;
    const auto all = static_cast<Index>(machine.coordinates.size());
    const Index looked_at = coordinates == 0 ? all : std::min(coordinates, all);
    const Stream stream = context.stream("coordinates");
    std::vector<double>& logs = state.logs;
    const auto first = static_cast<Index>(logs.size());
    if (first == data.rows()) return false;

    constexpr Index block = 256, share = 8;
    const Index count = std::min(block, data.rows() - first);
    logs.resize(static_cast<std::size_t>(first + count));
    const Tensor states = read(machine, data, first, count);
    Tensor to_visible = Tensor::of<double>({count, machine.visible_units});
    Tensor to_hidden = Tensor::of<double>({count, machine.hidden_units});
    machine.inputs(states.view<double>(), to_visible.view<double>(), to_hidden.view<double>());
    parallel((count + share - 1) / share, [&](Index part) {
      Conditional conditional(machine);
      std::vector<Index> order(machine.coordinates.size());
      std::iota(order.begin(), order.end(), Index{0});
      for (Index i = part * share; i < std::min(count, (part + 1) * share); ++i) {
        conditional.show(states.view<double>().row(i), std::as_const(to_visible).view<double>().row(i),
                         std::as_const(to_hidden).view<double>().row(i));
        if (looked_at < all) permutation(stream.rows_from(static_cast<std::uint64_t>(first + i)), order);
        double sum = 0;
        for (Index c = 0; c < looked_at; ++c)
          sum += conditional.log_probability(
              machine.coordinates[static_cast<std::size_t>(order[static_cast<std::size_t>(c)])]);
        logs[static_cast<std::size_t>(first + i)] = sum * static_cast<double>(all) / static_cast<double>(looked_at);
      }
    });
    context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");

    if (first + count < data.rows()) return true;
    const double mean = mean_of(logs).value;
    if (!std::isfinite(mean)) throw RunFailed("the pseudo-log-likelihood is not finite");
    context.metric("pseudo-log-likelihood", mean, "nats");
    return false;
  }

  void finish(State& state, const Inputs& inputs, Outputs& outputs) const {
    // Subsets of different rows are independent: the spread of the rows' estimates holds their error too.
    const Mean mean = mean_of(state.logs);
    const std::string column =
        column_of("pseudo-log-likelihood", inputs.get<Network>("model").spec(), inputs.get<Dataset>("data").spec());
    outputs.set("table", Table{"pseudo-log-likelihood",
                               "",
                               {column, "standard error", "rows"},
                               {"nats", "nats", ""},
                               {{"", {mean.value, mean.error, static_cast<double>(state.logs.size())}}}});
  }

 private:
  /// Rows of all visible layers side by side. Throws BadData where they are no states.
  static Tensor read(const Machine& machine, const Dataset& data, Index first, Index count) {
    Tensor states = Tensor::of<double>({count, machine.visible_units});
    for (const Machine::Side& side : machine.visible) {
      Tensor part = Tensor::matrix(count, side.layer->size);
      data.read(data.part(side.layer->part), first, count, part.view());
      demand_states(*side.layer, part.view(), first);
      for (Index i = 0; i < count; ++i)
        std::copy_n(part.view().row(i).data, side.layer->size, &states.view<double>()(i, side.first));
    }
    return states;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::PseudoLikelihood>("evaluator.pseudo_likelihood"); }
