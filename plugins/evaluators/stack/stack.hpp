#pragma once

#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

/// Notes in `outputs` where the models at the list port `models` do not fit on top of each other: the hidden units of
/// each must be the visible units of the next.
void check_stack(const Specs& inputs, const std::string& models, Specs& outputs);
/// Models stacked by layers, each a layer of features of the one below, with a block of rows passing through them by
/// means: up, p(h | v) of each in turn; down, p(v | h) in the opposite order.
class Stack {
 public:
  /// Whether the highest model may have hidden layers that are joined to each other, or none: where it is sampled from,
  /// and nothing needs to pass up through it.
  enum class Top : std::uint8_t { encodes, is_sampled };
  /// The models at a list port, the lowest first, with room for `rows` rows. Throws BadData where they do not fit on
  /// top of each other, RunFailed where means of hidden layers are not exact.
  Stack(const Inputs& inputs, Text port, Index rows, Top top = Top::encodes);

  Index size() const { return static_cast<Index>(models_.size()); }
  const Network& model(Index i) const { return *models_[static_cast<std::size_t>(i)]; }
  const Network& bottom() const { return *models_.front(); }
  const Network& top() const { return *models_.back(); }
  Chains& chains(Index i) { return chains_[static_cast<std::size_t>(i)]; }
  Chains& top_chains() { return chains_.back(); }
  Chains& bottom_chains() { return chains_.front(); }

  /// Puts rows of a data set into the visible layers of the lowest model. At most as many as there is room for.
  void show(const Dataset& data, Span<const Index> rows);
  void show(const Dataset& data, Index first, Index count);
  /// Means of the hidden layers of every model, as their `state`, from the visible state of the lowest.
  void up();
  /// Means of the visible layers of every model, as their `mean`, from the hidden state of the highest. The visible
  /// state of the lowest stays what was shown.
  void down();

 private:
  std::vector<const Network*> models_;
  std::vector<Chains> chains_;
};

}  // namespace harmonium
