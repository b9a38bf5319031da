#pragma once

#include <memory>
#include <vector>

#include "harmonium/certificate.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/table.hpp"
#include "stack/stack.hpp"

namespace harmonium {

/// A lower bound on the mean of log p(v) over rows, by a factorised distribution q of the hidden units,
///   log p(v) >= -<E(v, h)>_q + H(q) - log Z.   Salakhutdinov, Hinton 2009, eq. 5.
/// Each layer's q is its exponential family at some input eta, of mean mu. With -<E_h>_q + H(q_h) = A(eta) - eta . mu,
///   -<E>_q + H(q) = -E_v(v) + sum over connections of B(x_a, x_b; W) + sum over hidden layers of A(eta) - eta . mu
/// at x = v and mu, since connections are linear in each of their ends. It holds whatever eta is.
///
/// Of a stack, a deep belief network, the bound is that of its directed layers (Salakhutdinov, Murray 2008): with h
/// drawn from the posterior q of the lowest model and F its free energies, of v and of h with the other side summed
/// out,
///   log p(v) >= <log p(v | h) - log q(h | v) + log p(h)>_q = -F(v) + <F(h) + log p(h)>_q,
/// log p(h) being that of the models above.
struct VariationalBound {
  Handle<Sampler> settler{"sampler.mean_field"};
  Index settling = 100;
  Index samples = 1;

  static void describe(NodeType<VariationalBound>& type);
  void outputs(const Specs& in, Specs& out) const;

  struct State {
    Certificate known;             ///< of log Z of the highest model
    std::vector<double> sums;      ///< of the rows that are done: the bound without log Z
    std::shared_ptr<Stack> stack;  ///< made anew after a resume, as are
    std::vector<Network> turned;   ///< its directed layers
    void visit(Visitor& visitor) {
      visitor("known", known);
      visitor("sums", sums);
    }
  };
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  /// The bound of every row of a block without log Z.
  std::vector<double> unnormalised(const Network& network, Chains& chains) const;
};

/// The same bound, row by row.
struct BoundOfRows : VariationalBound {
  static void describe(NodeType<BoundOfRows>& type);
  void finish(State& state, const Inputs& in, Outputs& out) const;
};

}  // namespace harmonium
