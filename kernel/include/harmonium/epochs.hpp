#pragma once

#include <cstdint>
#include <functional>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// Where a training by batches is: the epochs done, the batches of the present one, the steps since it began.
class HARMONIUM_API Epochs {
 public:
  /// The rows in their order, and how many batches make one unit of work, at least 1: set before work begins or goes
  /// on.
  void over(Batches batches, Index at_once);

  /// Epochs done.
  Index done() const { return epoch_; }
  /// The same, as sources of rows count presentations.
  std::uint64_t pass() const { return static_cast<std::uint64_t>(epoch_); }
  std::uint64_t step() const { return static_cast<std::uint64_t>(step_); }
  /// Rows of the batch that is due.
  Span<const Index> rows() { return batches_.rows(epoch_, batch_); }
  /// The moment before that batch, of a training of so many epochs.
  Moment now(Index epochs) const;

  /// One unit of work, within an epoch: batch() for each batch that is due, then, after the last of an epoch, ended(),
  /// when done() counts it already. Tells the context how far it is. Returns whether epochs are left. A RunFailed of
  /// batch() becomes one that says which epoch and batch it was.
  bool advance(Index epochs, Context& context, const std::function<void()>& batch, const std::function<void()>& ended);

  /// All but what over() sets.
  void visit(Visitor& visitor);

 private:
  Index epoch_ = 0, batch_ = 0, step_ = 0;
  Batches batches_;
  Index at_once_ = 1;
};

}  // namespace harmonium
