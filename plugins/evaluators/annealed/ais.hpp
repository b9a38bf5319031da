#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harmonium/certificate.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

class AnnealedPath;

/// Annealed importance sampling of log Z (Neal 2001; of RBMs: Salakhutdinov, Murray 2008), there and back, and what is
/// to be thought of the result. Runs from the base to the model give a mean weight that is Z / Z_0 in expectation, so
/// that its logarithm is too low by Jensen's inequality: a stochastic lower bound on log Z. Runs from samples of the
/// model back to the base give one that is Z_0 / Z: an upper bound, but only as far as the samples are the model's.
/// Where both are each other's reversal they are bridged.
struct Ais {
  Index runs = 100;
  Index temperatures = 1000;
  std::string schedule = "linear";
  Handle<Sampler> sampler{"sampler.gibbs"};
  Index burn_in = 1000;
  double tolerance = 0.1;
  /// No parameter: whether the rows are draws of a model, of which it is not asked whether they are data to learn from.
  bool rows_are_draws = false;

  static void describe(NodeType<Ais>& type);
  void outputs(const Specs& in, Specs& out) const;

  enum class Phase : std::int64_t { ahead, there, burn_in, back, done };
  struct Moving;

  struct State {
    std::int64_t phase = 0, step = 0;  ///< steps of that phase that are done
    std::vector<Tensor> base;          ///< natural parameters of the base, layer by layer
    std::vector<double> cost;          ///< of the steps of the runs ahead
    std::vector<Tensor> states;        ///< of what moves, layer by layer
    double of_base = 0;                ///< log Z of the base
    bool reversible = false;
    std::vector<double> up, down;  ///< log weights of the runs there and back
    Tensor met;                    ///< states that can be counted at the end of the way there, a row each
    std::vector<double> log_met;   ///< log f of these, and at last of all different states met
    std::shared_ptr<Moving> moving;
    void visit(Visitor& visitor);
  };
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

  struct Found {
    Table table;
    Certificate certificate;
  };
  /// What the runs have found, when nothing is left to do.
  Found judge(const State& state) const;

 private:
  Index steps_of(Phase phase) const;
  std::vector<double> betas_of(const State& state) const;
  std::shared_ptr<Moving> moving_in(Phase phase, const State& state, const Inputs& in, Context& context) const;
  void enter(Phase phase, State& state, const Inputs& in, Context& context) const;
  void leave(State& state, const Inputs& in, Context& context) const;
  void resume(State& state, const Inputs& in, Context& context) const;
  void step(State& state, const Inputs& in, Context& context) const;
  void weigh(State& state, Tensor back, AnnealedPath& path) const;
};

}  // namespace harmonium
