#pragma once

#include <string>
#include <vector>

#include "harmonium/class_posterior.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/frozen.hpp"
#include "harmonium/node.hpp"
#include "harmonium/optimiser.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// Maximises d * mean log p(class | features) + g * mean log p(features, class) of an RBM that shows both. The first
/// has an exact gradient,
///   dlog p(y | x)/dtheta = E[-dE/dtheta | x, y] - sum_c p(c | x) E[-dE/dtheta | x, c],
/// the second that of contrastive divergence. Both clamped phases are one sum over classes, in which class c of a row
/// weighs d (1[c = y] - p(c | x)) + g 1[c = y], so that the hybrid costs as many products as contrastive divergence.
/// Larochelle, Bengio 2008; Larochelle, Mandel, Pascanu, Bengio 2012.
struct Classification {
  std::string label = "label";
  double discriminative = 1, generative = 0.01;
  Index epochs = 10;
  Index batch = 100;
  int steps = 1;
  Index chains = 0;
  bool shuffle = true;
  std::string visible = "probabilities";
  Handle<Sampler> sampler{"sampler.gibbs"};
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.05, momentum: 0.9}}"};
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  Index patience = 0;
  Index snapshots = 10;

  /// Everything in matrices over the layers or links of the network.
  struct State {
    const Classification* how = nullptr;
    Network model, best;
    Optimiser optimiser;
    Frozen kept;
    Chains free;
    Snapshots snapshots;
    Epochs at;
    Index best_epoch = 0;
    double best_error = 0, best_loss = 0;
    std::vector<double> course;  ///< epoch after epoch
    void visit(Visitor& visitor);

    // Not part of what is saved: made anew when work goes on.
    struct OfLayer {
      /// Clamped rows over free rows, the latter times what they weigh in hidden layers. The clamped rows of a hidden
      /// layer are sums over classes.
      Tensor stack;
      Tensor clamped;  ///< of a hidden layer: its input given the row's own class
      /// Of a hidden layer, class by class: the sum over rows that is correlated with the class; before that, for every
      /// block of rows.
      Tensor by_class, block_sums;
      Tensor room;  ///< of a hidden layer: a row for every block of rows
      Tensor sums, gradient;
      Index first_parameter = 0;
    };
    struct OfLink {
      Tensor gradient;
      Index parameter = 0;
    };
    ClassPosterior posterior;
    std::vector<OfLayer> layers;
    std::vector<OfLink> links;
    Index class_layer = 0;
    std::vector<Index> visible, hidden, own;
    Tensor weights;      ///< rows x K: what each class of a row weighs
    Tensor class_stack;  ///< the K states over free rows of the class layer
    std::vector<std::uint8_t> as_mean, only_mean_read, means;
    Dataset watched;
    Index whole = 0;
    bool ready = false;
  };

  static void describe(NodeType<Classification>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  State blank() const;
  bool continues() const { return !update->depends_on_length(); }
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  void allocate(State& state) const;
  void get_ready(State& state, const Inputs& in, Context& context) const;
  void start_chains(State& state, const Dataset& data, Context& context) const;
  void batch_step(State& state, const Dataset& data, const Stream& stream) const;
  void clamped_phase(State& state, const Dataset& data, Span<const Index> rows) const;
  void sum_over_classes(State& state, Index layer) const;
  /// Free rows: statistics of the model, in the lower rows of the stacks.
  void free_phase(State& state, Index rows, const Stream& stream) const;
  void follow(State& state, Index clamped, Index free, const Moment& now) const;
  void end_epoch(State& state, const Inputs& in, Context& context) const;
  Index free_rows(Index clamped) const { return generative > 0 ? (chains > 0 ? chains : clamped) : 0; }
};

/// Mean -log p(class | features) and the share of rows of which another class is more probable, over all rows.
struct Judgement {
  double loss = 0, error = 0;
};
Judgement judge(const Network& network, const Dataset& data, const std::string& label);

}  // namespace harmonium
