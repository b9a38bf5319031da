#pragma once

#include <limits>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/node.hpp"
#include "harmonium/optimiser.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// Fits a feed-forward network to targets by backpropagation. Its layers pass on the means of exponential-family units,
/// so the derivative of the loss at the last layer is mean - target, and a step back through a layer is a product with
/// the covariance of its units. Rumelhart, Hinton, Williams 1986.
struct Fitting {
  Index epochs = 30;
  Index batch = 100;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}"};
  std::vector<Handle<Penalty>> penalties;
  Handle<Units> units{"units.softmax"};
  std::string features = "features";
  std::string target = "label";
  double dropout = 0;
  double input_dropout = 0;
  Index patience = 0;

  struct State {
    const Fitting* how = nullptr;
    Feedforward network;
    Feedforward best;
    double best_loss = std::numeric_limits<double>::infinity();
    Index best_epoch = 0;
    Optimiser optimiser;
    std::vector<Index> weights, parameters;  ///< numbers in the optimiser
    Index epoch = 0, done = 0, step = 0;
    double loss = 0, wrong = 0;  ///< of the present epoch so far
    /// Epoch after epoch: loss and, for classes, error; in training and, where there is one, in validation.
    std::vector<double> course;
    // Not part of what is saved: made anew when work goes on.
    Batches batches;
    struct Buffers {
      Tensor theta, input, mean, dropped, mask, delta, gradient, sums, parameter_gradient;
      std::string dropout;  ///< the purpose of its random numbers
    };
    std::vector<Buffers> stages;
    Tensor shown, mask, wanted;
    std::vector<double> losses;  ///< of the rows of a batch
    Index whole = 0;             ///< rows of a full batch: fewer than asked for where the data have fewer
    Index some = 1;              ///< batches in one unit of work
    bool ready = false;
    void visit(Visitor& visitor);
  };

  template <class T>
  static void describe_common(NodeType<T>& type);

  State blank() const;
  bool continues() const { return !update->depends_on_length() && patience == 0; }
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 protected:
  /// Checks features and targets of every data port, and gives the spec of the result.
  void check_data(const Specs& in, Specs& out, Index inputs) const;
  /// A stage of that many inputs and outputs, all zero.
  static Feedforward::Stage stage(const Handle<Units>& units, Index inputs, Index outputs);
  State begin(Feedforward network, const Dataset& data) const;

 private:
  void attach(State& state) const;
  void get_ready(State& state, const Inputs& in, Context& context) const;
  void batch_step(State& state, const Dataset& data, Index number, const Stream& stream) const;
  void forward(State& state, Index rows, const Stream& stream) const;
  void backward(State& state, Index rows) const;
  void end_epoch(State& state, const Inputs& in, Context& context) const;
  /// Mean loss, and share of rows whose class is not the target's.
  void judge(const Feedforward& network, const Dataset& data, double& loss, double& wrong) const;
};

}  // namespace harmonium
