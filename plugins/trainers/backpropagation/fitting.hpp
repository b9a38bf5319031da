#pragma once

#include <limits>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/epochs.hpp"
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
  std::string target = "label";  ///< where empty, what went in is to come out
  std::string loss = "likelihood";
  double dropout = 0;
  double input_dropout = 0;
  double corruption = 0;
  Index patience = 0;
  std::vector<std::string> frozen;

  struct State {
    const Fitting* how = nullptr;
    Feedforward network;
    Feedforward best;
    double best_loss = std::numeric_limits<double>::infinity();
    Index best_epoch = 0;
    Optimiser optimiser;
    std::vector<Index> weights, parameters;  ///< numbers in the optimiser
    std::vector<bool> kept;                  ///< which layers are frozen
    std::size_t lowest = 0;                  ///< the lowest layer that learns
    Epochs at;
    double loss = 0, wrong = 0;  ///< of the present epoch so far
    /// Epoch after epoch: loss and, for classes, error; in training and, where there is one, in validation.
    std::vector<double> course;
    // Not part of what is saved: made anew when work goes on.
    struct Buffers {
      Tensor theta, input, mean, dropped, mask, delta, gradient, sums, parameter_gradient;
      std::string dropout;  ///< the purpose of its random numbers
    };
    std::vector<Buffers> stages;
    Tensor shown, mask, wanted;
    std::vector<double> losses;  ///< of the rows of a batch
    Index whole = 0;             ///< rows of a full batch: fewer than asked for where the data have fewer
    bool ready = false;
    void visit(Visitor& visitor);
  };

  /// How long and by which steps: what every fit has.
  template <class T>
  static void describe_steps(NodeType<T>& type);
  /// Which layers stay.
  template <class T>
  static void describe_frozen(NodeType<T>& type);
  /// What is to come out, and from what.
  template <class T>
  static void describe_target(NodeType<T>& type);

  State blank() const;
  bool continues() const { return !update->depends_on_length() && patience == 0; }
  bool advance(State& state, const Inputs& in, Context& context) const;
  /// Puts the network at "readout" and the course at "course".
  void finish(State& state, const Inputs& in, Outputs& out) const;

 protected:
  /// Checks the parts of every data port that go in and are to come out, and whether it may stop early. `inputs` is 0
  /// where the data say how many there are. Returns the spec of the network.
  FeedforwardSpec check_data(const Specs& in, Specs& out, Index inputs, const std::string& shown,
                             const std::string& wanted) const;
  /// Whether `units` can give the target.
  void check_units(const Specs& in, Specs& out) const;
  /// Notes what is wrong with the layers that are to be frozen, of `layers` in all, or of `layers` and more where they
  /// are `open`.
  void check_frozen(Index layers, bool open, Specs& out) const;
  /// `network.part` is what goes in.
  State begin(Feedforward network, const Dataset& data) const;
  /// What was fitted: the network that did best on held-out rows, where these stop the work.
  const Feedforward& fitted(const State& state) const;
  Table course(const State& state) const;

 private:
  const std::string& wanted_part(const Feedforward& network) const { return target.empty() ? network.part : target; }
  void attach(State& state) const;
  void get_ready(State& state, const Inputs& in, Context& context) const;
  void batch_step(State& state, const Dataset& data, const Stream& stream) const;
  void forward(State& state, Index rows, const Stream& stream) const;
  void backward(State& state, Index rows) const;
  void end_epoch(State& state, const Inputs& in, Context& context) const;
  /// The sum over rows of the loss of `units` whose input is `input`. `losses` is room for the rows.
  double total_loss(const Units& of, View<const float> theta, View<const float> input, View<const float> mean,
                    View<const float> wanted, Span<double> losses) const;
  /// Mean loss, and share of rows whose class is not the target's.
  void judge(const State& state, const Dataset& data, double& loss, double& wrong) const;
};

template <class T>
void Fitting::describe_steps(NodeType<T>& type) {
  type.parameter("epochs", &Fitting::epochs).at_least(0).extends().unit("epochs").says("Passes over the data.");
  type.parameter("batch", &Fitting::batch)
      .at_least(1)
      .unit("rows")
      .says("Rows in a batch. The gradient is their mean; a short last batch weighs by its size.");
  type.parameter("update", &Fitting::update).says("How a gradient becomes a step.");
  type.parameter("penalties", &Fitting::penalties).says("What is to be kept small besides; weights, never biases.");
  type.parameter("patience", &Fitting::patience)
      .at_least(0)
      .unit("epochs")
      .says(
          "Stop when the validation loss has not fallen for so long, and keep the best network; 0 never stops early.");
}

template <class T>
void Fitting::describe_frozen(NodeType<T>& type) {
  type.parameter("frozen", &Fitting::frozen)
      .example("[layer1]")
      .says(
          "Layers whose weights and biases stay as they are while the others learn, named as export.npz names them: "
          "layer1 is the one at the input.");
}

template <class T>
void Fitting::describe_target(NodeType<T>& type) {
  type.parameter("units", &Fitting::units)
      .says(
          "The type of the units that give the target: their negative log-probability is the loss. A read-out that is "
          "connected brings its own.");
  type.parameter("features", &Fitting::features).says("The part of the data that goes in.");
  type.parameter("target", &Fitting::target).says("The part of the data that is to come out.");
  type.parameter("input_dropout", &Fitting::input_dropout)
      .at_least(0)
      .below(1)
      .cites("Srivastava et al. 2014")
      .says("Share of inputs set to zero at every presentation.");
}

}  // namespace harmonium
