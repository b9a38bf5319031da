#pragma once

#include <string>
#include <vector>

#include "activity.hpp"
#include "directed_steps.hpp"
#include "harmonium/epochs.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// Wake-sleep learning. Hinton, Dayan, Frey, Neal 1995.
///  - Wake: the layers above a row of data are drawn from q; generation moves up the gradient of log p(x_0 ... x_n),
///      dV_l = x_{l+1} (x_l - <x_l>_p)',   db_l = x_l - <x_l>_p,
///    which is that of minus the description length E_q[log q - log p] with q held, a bound on -log p(x_0).
///  - Sleep: all layers are drawn from p; recognition moves up the gradient of log q(x_1 ... x_n | x_0),
///      dR_l = x_l (x_{l+1} - <x_{l+1}>_q)',   dc_{l+1} = x_{l+1} - <x_{l+1}>_q,
///    which is that of -E_p KL(p(. | x_0), q(. | x_0)): the other direction than the bound has, whence no one objective
///    falls in both phases.
struct WakeSleep {
  Index epochs = 100;
  Index batch = 20;
  Index presentations = 1;
  Handle<UpdateRule> update{"{use: update.sgd, with: {rate: 0.1, momentum: 0}}"};
  Handle<UpdateRule> recognition_update;
  std::vector<Handle<Penalty>> penalties;
  std::vector<std::string> frozen;
  std::string frequencies;
  bool shuffle = true;
  Index snapshots = 10;

  struct State {
    const WakeSleep* how = nullptr;
    HelmholtzMachine machine;
    DirectedSteps steps;
    Snapshots snapshots;
    Index whole = 0;  ///< rows of a full batch: fewer than asked for where the data have fewer
    Epochs at;
    double length = 0, surprise = 0;  ///< sums of the present epoch so far
    /// Epoch after epoch: description length, cost of recognising fantasies.
    std::vector<double> course;
    // Not saved: made anew when work goes on.
    std::vector<double> counts;
    Activity activity;
    std::vector<Index> presented;   ///< the rows of a step
    std::vector<float> row_counts;  ///< of the rows of a step; empty where all count the same
    std::vector<double> costs;
    Index epochs_at_once = 1;  ///< in one unit of work, where they are short
    bool ready = false;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<WakeSleep>& type);
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
  void wake(State& state, Span<const Index> rows, double scale, const Stream& stream) const;
  void sleep(State& state, double scale, const Stream& stream) const;
};

}  // namespace harmonium::helmholtz
