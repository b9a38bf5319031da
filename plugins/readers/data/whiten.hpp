#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

/// Takes away every correlation between columns. With mean m and covariance U diag(s) U' of the data fitted on (divided
/// by the number of rows) and the regularisation e times the mean of s,
///   pca:  out = diag(1 / sqrt(s + e)) U' (x - m)        a column for each component, the largest variance first
///   zca:  out = U diag(1 / sqrt(s + e)) U' (x - m)      as like x as whitened data can be, so images stay images
/// over the components kept. Bell, Sejnowski 1997; Hyvarinen, Hurri, Hoyer 2009, section 5. A direction without any
/// variance is left out, as nothing in it can be brought to variance 1.
struct Whiten {
  std::string method = "zca";
  Index components = 0;
  double regularisation = 1e-4;
  std::string part = "features";

  struct State {
    /// The rows that come out.
    std::shared_ptr<Tensor> rows = std::make_shared<Tensor>();
    Index done = 0;
    std::vector<double> mean, variances;
    Tensor transform;  ///< columns in x columns out
    void visit(Visitor& visitor);
  };

  static void describe(NodeType<Whiten>& type);
  void outputs(const Specs& in, Specs& out) const;
  State start(const Inputs& in, Context& context) const;
  bool advance(State& state, const Inputs& in, Context& context) const;
  void finish(State& state, const Inputs& in, Outputs& out) const;

 private:
  DataSpec whitened(DataSpec spec) const;
};

}  // namespace harmonium
