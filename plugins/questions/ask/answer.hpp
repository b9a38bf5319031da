#pragma once

#include <memory>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// What a model answers: numbers for each visible layer, in the order of Network::visible().
struct Answer {
  std::vector<std::shared_ptr<Tensor>> shown;  ///< rows x size
  Index done = 0;                              ///< rows

  static Answer of(const Network& model, Index rows, Context& context);
  void visit(Visitor& visitor);
  /// Writes rows from done() on. Throws RunFailed where a value is not finite.
  void add(const std::vector<Tensor>& rows);
};

/// A part for each visible layer, then the parts of `data` that the model does not show; `data` may be null.
DataSpec answer_spec(const ModelSpec& model, const DataSpec* data, Index rows);
/// The same with the rows.
Dataset answer_data(const Network& model, const Dataset* data, const Answer& answer);

}  // namespace harmonium
