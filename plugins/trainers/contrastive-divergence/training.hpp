#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// What contrastive divergence and its persistent form have in common: parameters, ports and the loop over batches.
/// They differ in where the free phase starts.
struct Training {
  Index epochs = 10;
  Index batch = 100;
  int steps = 1;
  int settling = 10;
  bool free_phase = true;
  bool shuffle = true;
  /// Empty: usual_update().
  Handle<UpdateRule> update;
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  Handle<Sampler> sampler{"sampler.gibbs"};
  Handle<Sampler> settler{"sampler.gibbs"};
  std::string centring = "none";
  double sliding = 0.01;
  std::string inputs = "probabilities";
  std::string visible = "probabilities";
  std::string hidden_statistics = "probabilities";
  std::string doubled = "none";
  Index snapshots = 10;
  Index chains = 100;  ///< of a persistent free phase
  Handle<Schedule> fast_rate{"0"};
  double fast_decay = 0.95;
  bool persistent = false;  ///< what makes one trainer or the other; not a parameter

  struct State {
    const Training* how = nullptr;
    Network model;
    Learner learner;
    Chains chains;     ///< of the free phase; those of the clamped phase share its memory unless persistent
    Chains clamped;    ///< only for persistent chains
    Network overlaid;  ///< the model with its fast weights, if there are any: what the free phase sweeps
    Snapshots snapshots;
    Epochs at;
    /// Epoch after epoch: the reconstruction error, the weight, the share of swaps accepted where there are replicas,
    /// and the free energy gap where there is validation.
    std::vector<double> course;
    // Not part of what is saved: made anew when work goes on.
    std::vector<Tensor> watched, held_out;
    std::vector<Index> visible, hidden;
    /// Layer by layer: whether a sweep leaves it at its mean, whether no one reads its draws, and whether it is
    /// visible.
    std::vector<std::uint8_t> as_mean, only_mean_read, shown;
    /// Whether means of a hidden layer enter the statistics of either phase.
    std::vector<std::uint8_t> clamped_mean, free_mean;
    bool in_turn = false;  ///< a sweep redraws all visible layers from the hidden ones, then the hidden ones
    bool settles = false;  ///< hidden units are joined: the clamped phase takes sweeps
    Index whole = 0;       ///< rows of a full batch: fewer than asked for where the data have fewer
    bool ready = false;
    void visit(Visitor& visitor);
  };

  template <class T>
  static void describe_common(NodeType<T>& type);

  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  State blank() const;
  bool continues() const {
    return (update ? !update->depends_on_length() : !persistent) &&
           !(has_fast_weights() && fast_rate->depends_on_length());
  }
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 protected:
  bool has_fast_weights() const { return persistent && fast_rate->range().greatest > 0; }
  /// Rows of the chains of the free phase, with the replicas of each.
  Index free_rows(Index rows) const { return rows * sampler->replicas(); }
  /// What `update` says, else the rule under which models of these units are known to learn.
  Handle<UpdateRule> rule(const Network& model) const;
  /// Whether the rate at the end is below that at the beginning.
  bool slows_down(const State& state) const;
  void allocate(State& state) const;
  /// Sets what stands in for the missing neighbours of a layer of a deep Boltzmann machine.
  void stand_in(const Network& model, Chains& states) const;
  void start_chains(State& state, const Dataset& data, Context& context) const;
  void batch_step(State& state, const Dataset& data, const Stream& stream) const;
  /// The free phase of contrastive divergence starts where the clamped one ended.
  void begin_at_data(State& state, Chains& states) const;
  void clamped_phase(State& state, const Dataset& data, Chains& states, Span<const Index> rows,
                     const Stream& stream) const;
  void get_ready(State& state, const Inputs& in, Context& context) const;
  /// Reconstruction error and weight, which the context is told.
  std::pair<double, double> tell(const State& state, Context& context) const;
  /// The same at the end of an epoch, with what else is watched: all of it goes into the course.
  void watch(State& state, Context& context) const;
  void watch_swaps(State& state, Context& context) const;
};

}  // namespace harmonium
