#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "activity.hpp"
#include "directed.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium::helmholtz {

/// log p(x) of rows, estimated by importance sampling with recognition as the proposal:
///   log p^(x) = log 1/K sum_k w_k,   w_k = p(x, h_k) / q(h_k | x),   h_k ~ q(. | x).
/// p^ is unbiased, so that by Jensen's inequality E log p^(x) <= log p(x): a lower bound in the mean, tighter the
/// larger K is; with K = 1 it is minus the description length. Rezende, Mohamed, Wierstra 2014, appendix E; Burda,
/// Grosse, Salakhutdinov 2016, theorem 1.
///
/// Samples do not tell of hidden states that recognition never proposes. It is tried on fantasies of the machine, whose
/// own hidden states are draws from the posterior: with them in the place of one of the samples the estimate is above
/// log p in the mean, so that log p lies between the two. Grosse, Ghahramani, Adams 2015. Those of a deep belief
/// network descend from the ends of chains in its top RBM, and are as good as these have mixed; its p is known up to
/// log Z.
struct ImportanceSampling {
  Index samples = 1000;

  template <class Node, class Type>
  static void describe(Type& type) {
    type.parameter("samples", &Node::samples)
        .at_least(1)
        .at_most(1e7)
        .unit("samples")
        .says("Draws of the hidden layers for each row.");
  }

  struct State {
    Index pair = 0;                   ///< pairs of a row and a sample that are done
    std::vector<double> log_weights;  ///< of the samples of the row at work
    std::vector<double> log_p;        ///< of the rows that are done
    std::vector<double> variance;     ///< of each of these
    std::vector<double> rise;         ///< of each of these, from a tenth of the samples to all
    double effective = 0, bound = 0;  ///< sums over these
    double least = std::numeric_limits<double>::infinity();
    double gap = 0;  ///< sum over the fantasies that are done: the estimate from above less that from below
    // Made anew after a resume.
    std::shared_ptr<Activity> activity, fantasies;
    std::shared_ptr<JointCosts> joint;
    std::vector<double> own_log_weights;  ///< of the hidden states of each fantasy
    void visit(Visitor& visitor);
  };
  /// Does some more of these rows, then of fantasies if they are to be tried. Returns whether anything is left. `use`,
  /// empty or " of others", tells the draws of one set of rows from those of another. Throws RunFailed where an
  /// estimate is not finite.
  bool go_on(State& state, const Directed& model, const Dataset& data, bool try_fantasies, const std::string& use,
             Context& context) const;
  /// Of estimates that rise by so many nats from a tenth of the samples to all. Where the bias falls as samples^-a,
  /// what is left of it is the rise over 10^a - 1, at most the rise itself from a = 0.3 on; a is 1 where weights have a
  /// variance that the samples show, and less where they hang on few. `half` is half the width of the interval.
  std::string verdict(double rise, double gap, double half) const;
  /// nan where fantasies are not tried.
  double mean_gap(const State& state) const;

  /// Standard errors on either side that make an interval for 99 of 100 cases.
  static constexpr double quantile_99 = 2.5758293;

 private:
  void begin(State& state, const Directed& model, bool try_fantasies, Context& context) const;
};

/// The mean over rows under a Helmholtz machine.
struct Likelihood : ImportanceSampling {
  static void describe(NodeType<Likelihood>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium::helmholtz
