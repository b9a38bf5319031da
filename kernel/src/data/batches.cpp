#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "harmonium/dataset.hpp"

namespace harmonium {

Batches::Batches(Index rows, Index batch, bool shuffle, Stream stream)
    : rows_(rows), batch_(batch), shuffle_(shuffle), stream_(stream), order_(static_cast<std::size_t>(rows)) {
  if (batch < 1) throw std::logic_error("batches must have at least one row");
  std::iota(order_.begin(), order_.end(), Index{0});
}

Span<const Index> Batches::rows(Index epoch, Index number) {
  if (number < 0 || number >= per_epoch()) throw std::logic_error("an epoch has no batch of that number");
  if (shuffle_ && epoch != epoch_) {
    permutation(stream_.at(static_cast<std::uint64_t>(epoch)), order_);
    epoch_ = epoch;
  }
  const Index first = number * batch_;
  return Span<const Index>(order_).part(first, std::min(batch_, rows_ - first));
}

}  // namespace harmonium
