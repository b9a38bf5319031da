#pragma once

#include <string>
#include <vector>

#include "harmonium/node.hpp"
#include "harmonium/table.hpp"
#include "mixture.hpp"
#include "tree.hpp"

namespace harmonium::baselines {

/// What an energy model's likelihood is compared with.
class Baselines {
 public:
  std::vector<Index> components = {20};
  Index restarts = 3;
  Index iterations = 200;
  double tolerance = 1e-3;
  double smoothing = 0.5;
  std::string part = "features";

  /// How one run of expectation maximisation ended; log-likelihoods are means over rows.
  struct Fit {
    Index components = 0, iterations = 0;
    double training = 0, validation = 0, validation_error = 0;
    /// What the last iteration gained, a row, of what EM raises.
    double gain = 0;
    /// What the best is chosen by: the log-likelihood of validation rows, else what EM raises.
    double score = 0;
    void visit(Visitor& visitor);
  };
  struct State {
    std::vector<double> means;  ///< of independent sites
    Table table, chosen;
    Network tree, mixture;
    Index run = 0;        ///< of expectation maximisation: restarts of the first number of components, then of the next
    Index iteration = 0;  ///< of this run
    double objective = 0;  ///< what EM raises, a row, at the parameters before these
    Mixture current, best;
    Expected expected;  ///< of the rows seen so far in this iteration
    std::vector<Fit> fits;
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Baselines>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  /// The part of the data at a port.
  BinaryRows rows_of(const Inputs& in, const char* port) const;
  Index runs() const { return static_cast<Index>(components.size()) * restarts; }
  Index components_of(Index run) const { return components[static_cast<std::size_t>(run / restarts)]; }
  /// A component around each of a few rows drawn at random.
  Mixture begin(const State& state, const BinaryRows& rows, Context& context) const;
  /// What follows when all rows have been seen: other parameters, or the end of the run.
  void step(State& state, const Inputs& in, Context& context) const;
  void end_run(State& state, Fit fit, const Inputs& in, Context& context) const;
  void conclude(State& state, const Inputs& in, Context& context) const;
  Prior prior(const State& state) const { return {2 * smoothing, state.means}; }
};

}  // namespace harmonium::baselines
