#pragma once

#include <string>
#include <vector>

#include "activity.hpp"
#include "directed_steps.hpp"
#include "harmonium/chains.hpp"
#include "harmonium/class_posterior.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/table.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

/// The up-down algorithm: a contrastive form of wake-sleep. Hinton, Osindero, Teh 2006, section 5 and appendix B.
///  - Up: a row of data is recognised by draws from q; generation below the top moves as in wake-sleep's wake phase.
///  - Top: the RBM over x_n and the class learns by contrastive divergence from what was recognised and the row's
///  class.
///  - Down: not from a fantasy of the whole model but from where the top's free phase ended, a pass draws the layers
///    below; recognition moves as in wake-sleep's sleep phase. So recognition is learned where data lie.
struct UpDown {
  std::string label = "label";
  Index epochs = 30;
  Index batch = 100;
  Handle<Schedule> steps{"{use: schedule.list, with: {values: [3, 6, 10], each: 10}}"};
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.05, momentum: 0.5}}"};
  Handle<UpdateRule> recognition_update, top_update;
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  Handle<Sampler> sampler{"sampler.gibbs"};
  std::string visible = "probabilities";
  bool shuffle = true;

  /// How rows are classified: -log p(own class), and the share of which another class is more probable.
  struct Judgement {
    double loss = 0, error = 0;
  };
  struct State {
    const UpDown* how = nullptr;
    DeepBeliefNet net, best;
    DirectedSteps steps;
    Learner learner;  ///< of the top RBM
    Index whole = 0;  ///< rows of a full batch: fewer than asked for where the data have fewer
    Epochs at;
    Index best_epoch = 0;
    Judgement fewest;
    double generation = 0, recognition = 0;  ///< costs of the present epoch so far
    std::vector<double> course;              ///< epoch after epoch
    // Not saved: made anew when work goes on.
    Activity activity;
    Chains chains;
    std::vector<double> costs;
    std::vector<std::uint8_t> only_mean_read;  ///< layers of the top of whose last draw nothing is asked
    Index joint = 0, classes = 0;
    bool ready = false;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<UpDown>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  State blank() const;
  bool continues() const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  void attach(State& state) const;
  void get_ready(State& state, const Inputs& in, Context& context) const;
  void learn(State& state, const Dataset& data, const Stream& stream) const;
  void learn_top(State& state, const Dataset& data, Span<const Index> rows, const Moment& now,
                 const Stream& stream) const;
  void end_epoch(State& state, const Inputs& in, Context& context) const;
  Judgement judge(const DeepBeliefNet& net, const Dataset& data, Index most) const;
};

}  // namespace harmonium::helmholtz
