#include <algorithm>
#include <string>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

/// Trainers that each break one law on purpose.
namespace harmonium {
namespace {

/// Contrastive divergence on all rows at once, of models of one visible and one hidden layer, open to errors.
template <class Self>
struct Plain {
  Index epochs = 700;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}"};
  Handle<Sampler> sampler{"sampler.gibbs"};

  struct State {
    const Plain* how = nullptr;
    Network model;
    Learner learner;
    Chains chains;
    Index epoch = 0, rows = 0;
    void visit(Visitor& visitor) {
      visitor("model", model);
      visitor("rows", rows);
      if (visitor.loading()) how->allocate(*this);
      if (Self::keeps_momentum) visitor("learner", learner);
      visitor("epoch", epoch);
    }
  };

  static constexpr bool keeps_momentum = true, free_phase = true, by_threads = false, checks_data = true;
  static constexpr float sign = 1;

  static void describe(NodeType<Self>& type) {
    type.says("A trainer that breaks a law.")
        .template input<Network>("model", "What is trained.")
        .template input<Dataset>("data", "What it learns from.")
        .template output<Network>("model", "The trained model.")
        .random();
    type.parameter("epochs", &Plain::epochs).at_least(1).extends().says("Steps, each on all rows.");
    type.parameter("update", &Plain::update).says("How a gradient becomes a step.");
    type.parameter("sampler", &Plain::sampler).says("What moves the free phase.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    const PartSpec* part = in.get<Dataset>("data").find(model.layers[0].part);
    const bool shown = part && part->width == model.layers[0].size;
    if (model.layers.size() != 2 || (Self::checks_data && !shown))
      out.problem("in.data", "the data do not fit the model");
    out.set<Network>("model", model);
  }
  void allocate(State& state) const {
    state.learner = Learner(state.model, update, {}, state.rows, state.rows);
    state.chains = Chains(state.model, state.rows);
  }
  State blank() const {
    State state;
    state.how = this;
    return state;
  }
  State start(const Inputs& in, Context&) const {
    State state = blank();
    state.model = in.get<Network>("model");
    state.rows = in.get<Dataset>("data").rows();
    allocate(state);
    return state;
  }
  bool advance(State& state, const Inputs& in, Context& context) const {
    const Dataset& data = in.get<Dataset>("data");
    const Stream stream = context.stream(Self::by_threads ? std::to_string(threads()) : "training")
                              .at(static_cast<std::uint64_t>(state.epoch));
    Chains& chains = state.chains;
    chains.prepare(state.model);
    data.read(0, 0, state.rows, chains[0].state);
    update_layer(state.model, 1, chains, stream.purpose("clamped"), Draw::sample);
    state.learner.rows(state.rows, Self::free_phase ? state.rows : 0);
    for (Index l : {Index{0}, Index{1}}) copy(l == 0 ? chains[l].state : chains[l].mean, state.learner.clamped(l));
    if (Self::free_phase) {
      sampler->sweep(state.model, chains, {1, stream.purpose("free")});
      for (Index l : {Index{0}, Index{1}}) copy(l == 0 ? chains[l].state : chains[l].mean, state.learner.free(l));
    }
    if (Self::sign < 0)
      for (Index l : {Index{0}, Index{1}}) exchange(state.learner.clamped(l), state.learner.free(l));
    state.learner.step(
        state.model,
        {static_cast<double>(state.epoch), static_cast<double>(epochs), static_cast<std::uint64_t>(state.epoch)},
        state.rows);
    return ++state.epoch < epochs;
  }
  void finish(State& state, const Inputs&, Outputs& out) const { out.set("model", state.model); }

 private:
  static void copy(View<const float> from, View<float> to) {
    for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
  }
  static void exchange(View<float> a, View<float> b) {
    for (Index i = 0; i < a.rows; ++i) std::swap_ranges(a.row(i).data, a.row(i).data + a.columns, b.row(i).data);
  }
};

struct None : Plain<None> {};
/// The momentum is not part of the state.
struct Forgets : Plain<Forgets> {
  static constexpr bool keeps_momentum = false;
};
/// Down the gradient.
struct Downhill : Plain<Downhill> {
  static constexpr float sign = -1;
};
/// Without a free phase the step is not zero anywhere.
struct PositiveOnly : Plain<PositiveOnly> {
  static constexpr bool free_phase = false;
};

struct ByThreads : Plain<ByThreads> {
  static constexpr bool by_threads = true;
};
/// Data that do not fit are noticed when it is too late.
struct TakesAnything : Plain<TakesAnything> {
  static constexpr bool checks_data = false;
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::None>("wrong.no_trainer");
  registrar.node<harmonium::Forgets>("wrong.forgets");
  registrar.node<harmonium::Downhill>("wrong.downhill");
  registrar.node<harmonium::PositiveOnly>("wrong.positive_only");
  registrar.node<harmonium::ByThreads>("wrong.by_threads");
  registrar.node<harmonium::TakesAnything>("wrong.takes_anything");
}
