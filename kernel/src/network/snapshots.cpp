#include "harmonium/snapshots.hpp"

#include <algorithm>

namespace harmonium {

void Snapshots::Taken::visit(Visitor& visitor) {
  visitor("epoch", epoch);
  visitor("model", model);
}

void Snapshots::offer(Index epoch, const Network& model, Index most) {
  if (epoch % spacing_ != 0) return;
  taken.push_back({epoch, model});
  while (static_cast<Index>(taken.size()) > std::max<Index>(most, 2)) {
    spacing_ *= 2;
    std::erase_if(taken, [&](const Taken& one) { return one.epoch % spacing_ != 0; });
  }
}

void Snapshots::visit(Visitor& visitor) {
  visitor("spacing", spacing_);
  visitor("taken", taken);
}

}  // namespace harmonium
