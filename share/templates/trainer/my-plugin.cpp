#include <algorithm>
#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"

namespace {

using namespace harmonium;

/// Contrastive divergence: the gradient of the log-likelihood is <t(x)> clamped - <t(x)> free; the free statistics are
/// taken after a few sweeps that start at the data instead of at equilibrium. Hinton 2002.
class ContrastiveDivergence {
 public:
  // The defaults of the parameters live here and nowhere else.
  Index epochs = 10;
  Index batch = 20;
  int steps = 1;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.1}}"};

  static void describe(NodeType<ContrastiveDivergence>& type) {
    type.says("Contrastive divergence, its loop written out.")
        .cites("Hinton 2002")
        .input<Network>("model", "What is trained; the result is a copy.")
        .input<Dataset>("data", "What it learns from.")
        .output<Network>("model", "The trained model.")
        .random();
    type.parameter("epochs", &ContrastiveDivergence::epochs).at_least(0).extends().says("Passes over the data.");
    type.parameter("batch", &ContrastiveDivergence::batch).at_least(1).unit("rows").says("Rows in a batch.");
    type.parameter("steps", &ContrastiveDivergence::steps).at_least(1).says("Sweeps from the data.");
    type.parameter("update", &ContrastiveDivergence::update).says("How a gradient becomes a step.");
  }

  /// Before any work: can this model learn from these data? What is noted here is reported with line and column.
  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    check_shown(model, in.get<Dataset>("data"), "in.data", out);
    if (!model.hidden_independent())
      out.problem("in.model", "its hidden units are joined to each other, so that one draw does not settle them");
    out.set<Network>("model", model.retrained());
  }

  /// All that changes. The kernel saves it between two calls of advance(), and goes on from there.
  struct State {
    const ContrastiveDivergence* how = nullptr;
    Network model;
    Learner learner;
    Epochs at;
    Chains chains;
    Index whole = 0;  ///< rows of a full batch; 0 until work begins or goes on
    void visit(Visitor& visitor) {
      visitor("model", model);
      if (visitor.loading()) how->allocate(*this);
      visitor("learner", learner);
      visitor("at", at);
    }
  };
  State blank() const {
    State state;
    state.how = this;
    return state;
  }
  State start(const Inputs& in, Context&) const {
    State state = blank();
    state.model = in.get<Network>("model");
    check_data(state.model, in.get<Dataset>("data"));
    allocate(state);
    return state;
  }

  /// A bounded amount of work: a few batches. False when all epochs are done.
  bool advance(State& state, const Inputs& in, Context& context) const {
    const Dataset& data = in.get<Dataset>("data");
    if (state.whole == 0) {
      constexpr Index rows_at_once = 1000;
      state.whole = std::min(batch, data.rows());
      state.at.over(Batches(data, state.whole, true, context.stream("order of the rows")),
                    std::max<Index>(1, rows_at_once / state.whole));
    }
    const Stream stream = context.stream("training");
    return state.at.advance(
        epochs, context, [&] { learn(state, data, stream.at(state.at.step() << 16)); },
        [&] {
          check_normalisable(state.model, state.at.done());
          context.metric("weight", state.model.root_mean_square_weight(), "");
        });
  }
  void finish(State& state, const Inputs&, Outputs& out) const { out.set("model", state.model); }
  /// Whether more epochs go on from a finished result: not where a schedule looks at their number.
  bool continues() const { return !update->depends_on_length(); }

 private:
  void allocate(State& state) const {
    state.learner = Learner(state.model, update, {}, batch, batch);
    state.chains = Chains(state.model, batch);
  }

  /// One step along the gradient of one batch.
  void learn(State& state, const Dataset& data, const Stream& stream) const {
    const Network& model = state.model;
    const Span<const Index> rows = state.at.rows();
    state.learner.rows(rows.size, rows.size);
    state.chains.show(rows.size);
    state.chains.prepare(model);
    for (const Index l : model.visible())
      data.read(data.part(model.layer(l).part), rows, state.chains[l].state, state.at.pass());
    update_layers(state, model.hidden(), stream.purpose("clamped"));
    keep(state, &Learner::clamped);
    for (int s = 0; s < steps; ++s) {
      const Stream sweep = stream.at(stream.step + static_cast<std::uint64_t>(s)).purpose("free");
      update_layers(state, model.visible(), sweep);
      update_layers(state, model.hidden(), sweep);
    }
    keep(state, &Learner::free);
    for (Index l = 0; l < model.size(); ++l) state.learner.holds_means(l, by_means(model, l), by_means(model, l));
    state.learner.step(state.model, state.at.now(epochs), state.whole);
  }

  static void update_layers(State& state, const std::vector<Index>& layers, const Stream& stream) {
    for (const Index l : layers)
      update_layer(state.model, l, state.chains, stream.purpose(state.model.layer(l).name), Draw::sample);
  }
  /// Means of hidden units have less noise than draws; not all types of units tell their statistics by them.
  static bool by_means(const Network& model, Index layer) {
    return !model.layer(layer).visible && model.layer(layer).units->means_suffice();
  }
  static void keep(State& state, View<float> (Learner::*phase)(Index)) {
    for (Index l = 0; l < state.model.size(); ++l) {
      const View<float> from = by_means(state.model, l) ? state.chains[l].mean : state.chains[l].state;
      const View<float> to = (state.learner.*phase)(l);
      for (Index i = 0; i < to.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
    }
  }
};

}  // namespace

// Names are promises: one that is registered changes only when its results change.
HARMONIUM_PLUGIN(registrar) { registrar.node<ContrastiveDivergence>("my-plugin.cd"); }
