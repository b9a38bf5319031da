#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "activity.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"
#include "machine.hpp"

namespace harmonium::helmholtz {

/// log p(x) of rows, estimated by importance sampling with recognition as the proposal:
///   log p^(x) = log 1/K sum_k w_k,   w_k = p(x, h_k) / q(h_k | x),   h_k ~ q(. | x).
/// p^ is unbiased, so that by Jensen's inequality E log p^(x) <= log p(x): a lower bound in the mean, tighter the
/// larger K is; with K = 1 it is minus the description length. Rezende, Mohamed, Wierstra 2014, appendix E; Burda,
/// Grosse, Salakhutdinov 2016, theorem 1.
class Likelihood {
 public:
  Index samples = 1000;

  static void describe(NodeType<Likelihood>& type);
  void outputs(const Specs& in, Specs& out) const;

  struct State {
    Index pair = 0;                   ///< pairs of a row and a sample that are done
    std::vector<double> log_weights;  ///< of the samples of the row at work
    std::vector<double> log_p;        ///< of the rows that are done
    std::vector<double> variance;     ///< of each of these
    double effective = 0, bound = 0;  ///< sums over these
    double least = std::numeric_limits<double>::infinity();
    std::shared_ptr<Activity> activity;  ///< made anew after a resume
    void visit(Visitor& visitor);
  };
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 protected:
  /// Of estimates that are about so many nats too low: to the second order in the deviations of its weights, the
  /// logarithm of a mean is too low by half its variance.
  std::string verdict(double too_low) const;
};

}  // namespace harmonium::helmholtz
