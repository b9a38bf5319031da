#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/course.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"

namespace harmonium {
namespace {

void copy(View<const float> from, View<float> to) {
  for (Index i = 0; i < from.rows; ++i) std::copy_n(from.row(i).data, from.columns, to.row(i).data);
}

/// Learning in two phases as Boltzmann machines were first taught, with every choice that its descriptions leave open a
/// parameter: hidden units settle beside each row and are sampled several times (or go to their lowest energy), the
/// free machine runs and is sampled, weights move after both phases, after each, or at every sample. Ackley, Hinton,
/// Sejnowski 1985.
class TwoPhases {
 public:
  Index epochs = 100, batch = 100;
  Handle<Sampler> settler{"sampler.gibbs"}, sampler{"sampler.gibbs"};
  Index clamped_burn_in = 10, clamped_samples = 1;
  Index free_burn_in = 10, free_samples = 1;
  Index chains = 0;
  std::string free_start = "data";
  std::string updates = "after both";
  std::string frequencies;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.05, momentum: 0}}"};
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  std::string centring = "none";
  double sliding = 0.01;
  bool shuffle = true;
  Index snapshots = 10;

  struct State {
    const TwoPhases* how = nullptr;
    Network model;
    Learner learner;
    Chains clamped, free;
    Snapshots snapshots;
    Epochs at;
    Index whole = 0;  ///< rows of a full batch
    std::vector<double> course;
    // Not saved: made anew when work goes on.
    Tensor counts;  ///< how often each row counts
    double mean_count = 1;
    std::vector<std::uint8_t> shown;
    std::vector<float> clamped_weights, free_weights;
    bool ready = false;
    void visit(Visitor& visitor) {
      visitor("model", model);
      visitor("whole", whole);
      if (visitor.loading()) how->allocate(*this);
      visitor("learner", learner);
      if (how->free_start == "left") visitor("chains", free);
      visitor("snapshots", snapshots);
      visitor("at", at);
      visitor("course", course);
    }
  };

  static void describe(NodeType<TwoPhases>& type) {
    type.says(
            "The two-phase learning of Boltzmann machines: clamped minus free correlations, each by sampling, with "
            "every "
            "choice of its descriptions.")
        .cites("Ackley, Hinton, Sejnowski 1985")
        .input<Network>("model", "What is trained; the result is a copy.")
        .input<Dataset>("data", "What it learns from.")
        .output<Network>("model", "The trained model.")
        .output<Snapshots>("snapshots", "The model at a few epochs, the first before training.")
        .output<Table>("course", "Epoch by epoch: the root mean square of the weights.")
        .random();
    type.parameter("epochs", &TwoPhases::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
    type.parameter("batch", &TwoPhases::batch).at_least(1).unit("rows").says("Rows in a batch.");
    type.parameter("settler", &TwoPhases::settler)
        .says(
            "What moves hidden units beside a row: draws; or a way to their lowest energy, sampler.descent or "
            "sampler.annealing; or sampler.mean_field.");
    type.parameter("clamped_burn_in", &TwoPhases::clamped_burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of the clamped phase before the first sample.");
    type.parameter("clamped_samples", &TwoPhases::clamped_samples)
        .at_least(1)
        .unit("sweeps")
        .says("Samples of the hidden units a row, a sweep apart.");
    type.parameter("sampler", &TwoPhases::sampler)
        .says("What moves the free machine; it must leave the model's distribution unchanged.");
    type.parameter("free_burn_in", &TwoPhases::free_burn_in)
        .at_least(0)
        .unit("sweeps")
        .says("Sweeps of the free phase before the first sample.");
    type.parameter("free_samples", &TwoPhases::free_samples)
        .at_least(1)
        .unit("sweeps")
        .says("Samples of the free machine a chain, a sweep apart.");
    type.parameter("chains", &TwoPhases::chains)
        .at_least(0)
        .unit("chains")
        .says("Free machines at once; 0: as many as a batch has rows.");
    type.parameter("free_start", &TwoPhases::free_start)
        .one_of({"data", "left", "random"})
        .says(
            "Where the free phase begins: at the rows of the batch and their hidden units, where it was left, or at "
            "random.");
    type.parameter("updates", &TwoPhases::updates)
        .one_of({"after both", "after each", "every sample"})
        .says("When weights move: after both phases, after each phase, or at every sample.");
    type.parameter("frequencies", &TwoPhases::frequencies)
        .says("A part of the data, one column wide, that says how often each row counts; empty: all the same.");
    type.parameter("update", &TwoPhases::update).says("How a gradient becomes a step.");
    type.parameter("penalties", &TwoPhases::penalties).says("What is to be kept small besides: weights.");
    type.parameter("frozen", &TwoPhases::frozen)
        .says(
            "What keeps its values while the rest learns: layers by their name (biases and other parameters of their "
            "units) and connections as a-b.");
    type.parameter("centring", &TwoPhases::centring)
        .one_of(Centring::names())
        .says("What is subtracted from states before they are correlated.")
        .cites("Montavon, Mueller 2012; Cho, Raiko, Ilin 2013");
    type.parameter("sliding", &TwoPhases::sliding)
        .above(0)
        .at_most(1)
        .says("Of centring: the share of the way to a batch's means that the offsets move.");
    type.parameter("shuffle", &TwoPhases::shuffle).says("Whether rows come in a new order every epoch.");
    type.parameter("snapshots", &TwoPhases::snapshots)
        .at_least(2)
        .unit("models")
        .says("At most so many are kept, evenly spaced over the epochs.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const ModelSpec& model = in.get<Network>("model");
    const DataSpec& data = in.get<Dataset>("data");
    check_shown(model, data, "in.data", out);
    if (!frequencies.empty()) {
      const PartSpec* part = data.find(frequencies);
      if (!part || part->width != 1)
        out.problem("with.frequencies", fmt::format("the data have no part '{}' of one column", frequencies));
    }
    if (sampler->law() != Law::invariant)
      out.problem("with.sampler", fmt::format("{} does not leave the model's distribution unchanged, which the free "
                                              "phase needs",
                                              sampler.type()));
    for (const auto& [where, one] : {std::pair{"with.sampler", &sampler}, std::pair{"with.settler", &settler}}) {
      if ((*one)->replicas() > 1)
        out.problem(where, fmt::format("{} needs chains of its own; trainer.pcd has them", one->type()));
      else
        check_sampler(*one, model, where, out);
    }
    if (settler->law() != Law::invariant && clamped_samples > 1)
      out.problem("with.clamped_samples",
                  fmt::format("{} does not draw: one sample of it is all there is", settler.type()));
    check_frozen(model, frozen, centring != "none", out);
    if (centring != "none" && updates != "after both")
      out.problem("with.centring", "centring needs both phases at once: updates: after both");
    if (std::any_of(penalties.begin(), penalties.end(), [](const auto& one) { return one->on_activities(); }))
      out.problem("with.penalties", "a penalty on activities needs means of hidden units, here are samples");
    out.set<Network>("model", model.retrained());
    out.set<Snapshots>("snapshots", model);
    out.set<Table>("course", {});
  }

  State start(const Inputs& in, Context& context) const {
    State state = blank();
    state.model = in.get<Network>("model");
    const Dataset& data = in.get<Dataset>("data");
    check_data(state.model, data);
    state.whole = std::min(batch, data.rows());
    allocate(state);
    check_normalisable(state.model);
    state.snapshots.offer(0, state.model, snapshots);
    if (free_start == "left") begin_anywhere(state, state.free, context.stream("first states of the chains"));
    return state;
  }
  State blank() const {
    State state;
    state.how = this;
    return state;
  }
  bool continues() const { return !update->depends_on_length(); }

  bool advance(State& state, const Inputs& in, Context& context) const {
    if (!state.ready) get_ready(state, in, context);
    const Dataset& data = in.get<Dataset>("data");
    const Stream stream = context.stream("training");
    return state.at.advance(
        epochs, context, [&] { learn(state, data, stream.at(state.at.step() << 16)); },
        [&] {
          check_normalisable(state.model, state.at.done());
          state.snapshots.offer(state.at.done(), state.model, snapshots);
          state.course.push_back(state.model.root_mean_square_weight());
          context.metric("weight", state.course.back(), "");
        });
  }

  void finish(State& state, const Inputs&, Outputs& out) const {
    out.set("model", state.model);
    out.set("snapshots", state.snapshots);
    out.set("course", course_of("training", {{"weight", ""}}, state.course, state.at.done()));
  }

 private:
  void allocate(State& state) const {
    const Index free = chains > 0 ? chains : state.whole;
    state.learner = Learner(state.model, update, penalties, clamped_samples * state.whole, free_samples * free,
                            Centring::named(centring, sliding), Frozen::named(state.model.spec(), frozen));
    state.clamped = Chains(state.model, state.whole);
    state.free = Chains(state.model, free);
  }

  void get_ready(State& state, const Inputs& in, Context& context) const {
    const Dataset& data = in.get<Dataset>("data");
    state.at.over(Batches(data, state.whole, shuffle, context.stream("order of the rows")), 1);
    for (const Layer& layer : state.model.layers()) state.shown.push_back(layer.visible ? 1 : 0);
    if (!frequencies.empty()) {
      state.counts = Tensor::matrix(data.rows(), 1);
      data.read(data.part(frequencies), 0, data.rows(), state.counts.view());
      double sum = 0;
      for (const float count : state.counts.values<float>()) {
        if (!(count >= 0))
          throw BadData(fmt::format("'{}' has {}, which is not how often a row counts", frequencies, count));
        sum += static_cast<double>(count);
      }
      if (!(sum > 0)) throw BadData(fmt::format("'{}' is zero in every row", frequencies));
      state.mean_count = sum / static_cast<double>(data.rows());
    }
    state.ready = true;
  }

  /// Units as if nothing were joined to them.
  static void begin_anywhere(const State& state, Chains& chains, const Stream& stream, bool hidden_alone = false) {
    chains.prepare(state.model);
    for (Index l = 0; l < state.model.size(); ++l)
      if (!hidden_alone || !state.model.layer(l).visible)
        draw_alone(state.model, l, chains, stream.purpose(state.model.layer(l).name));
  }

  /// The states of the chains become the learner's rows number `sample`.
  static void take(State& state, const Chains& chains, bool clamped, Index sample) {
    for (Index l = 0; l < state.model.size(); ++l) {
      const View<float> rows = clamped ? state.learner.clamped(l) : state.learner.free(l);
      copy(chains[l].state, rows.row_range(sample * chains.rows(), chains.rows()));
    }
  }

  void move(State& state, Index clamped_rows, Index free_rows, double share) const {
    // Rows of a batch count by their frequency; a short last batch by its size; all together 1 for a full batch.
    state.free_weights.assign(static_cast<std::size_t>(free_rows),
                              static_cast<float>(share / static_cast<double>(free_rows)));
    const Span<const float> clamped(state.clamped_weights.data(), clamped_rows);
    for (Index l = 0; l < state.model.size(); ++l) state.learner.holds_means(l, false, false);
    if (settler->law() == Law::moments)
      for (const Index l : state.model.hidden())
        state.learner.holds_means(l, state.model.layer(l).units->means_suffice(), false);
    state.learner.weigh(clamped, state.free_weights);
    state.learner.step(state.model, state.at.now(epochs), state.whole);
  }

  void learn(State& state, const Dataset& data, const Stream& stream) const {
    const bool each = updates == "after each", every = updates == "every sample";
    const Span<const Index> rows = state.at.rows();
    Chains& clamped = state.clamped;
    Chains& free = state.free;
    clamped.show(rows.size);
    for (const Index l : state.model.visible())
      data.read(data.part(state.model.layer(l).part), rows, clamped[l].state, state.at.pass());
    // How much the rows count, sample after sample; a full batch of rows that count the same has 1 in all.
    const Index samples = every ? 1 : clamped_samples;
    state.clamped_weights.clear();
    double share = 0;
    for (Index s = 0; s < samples; ++s)
      for (const Index row : rows) {
        const double count =
            state.counts.empty() ? 1.0 : static_cast<double>(state.counts.data<float>()[row]) / state.mean_count;
        state.clamped_weights.push_back(static_cast<float>(count / static_cast<double>(state.whole * clamped_samples)));
        if (s == 0) share += count / static_cast<double>(state.whole);
      }

    begin_anywhere(state, clamped, stream.purpose("clamped"), true);
    const Stream settling = stream.purpose("settling");
    const auto settle = [&](Index sweeps, Index from) {
      if (sweeps > 0)
        settler->sweep(state.model, clamped,
                       {sweeps, settling.at(settling.step + static_cast<std::uint64_t>(from)), state.shown});
    };
    const bool draws = settler->law() == Law::invariant;
    // A way to the lowest energy, or to the mean field, is one whole.
    settle(draws ? clamped_burn_in : clamped_burn_in + 1, 0);
    for (Index s = 0; s < clamped_samples; ++s) {
      if (draws) settle(1, clamped_burn_in + s);
      if (settler->law() == Law::moments)
        draw_where_means_fail(state.model, clamped, state.shown,
                              stream.purpose("settled").at(static_cast<std::uint64_t>(s)));
      state.learner.rows(every ? rows.size : clamped_samples * rows.size, 0);
      take(state, clamped, true, every ? 0 : s);
      if (every) {
        move(state, rows.size, 0, share);
        clamped.prepare(state.model);
      }
    }
    if (each) move(state, clamped_samples * rows.size, 0, share);

    free.prepare(state.model);
    if (free_start == "random") begin_anywhere(state, free, stream.purpose("free start"));
    if (free_start == "data")
      for (Index l = 0; l < state.model.size(); ++l)
        for (Index i = 0; i < free.rows(); ++i)
          copy(clamped[l].state.row_range(i % rows.size, 1), free[l].state.row_range(i, 1));
    const Stream running = stream.purpose("free");
    const auto run = [&](Index sweeps, Index from) {
      if (sweeps > 0)
        sampler->sweep(state.model, free, {sweeps, running.at(running.step + static_cast<std::uint64_t>(from))});
    };
    run(free_burn_in, 0);
    const Index kept = updates == "after both" ? clamped_samples * rows.size : 0;
    for (Index s = 0; s < free_samples; ++s) {
      run(1, free_burn_in + s);
      state.learner.rows(kept, (every ? 1 : free_samples) * free.rows());
      take(state, free, false, every ? 0 : s);
      if (every) {
        move(state, 0, free.rows(), share / static_cast<double>(free_samples));
        free.prepare(state.model);
      }
    }
    if (!every) move(state, kept, free_samples * free.rows(), share);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::TwoPhases>("trainer.boltzmann"); }
