#pragma once

#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/network.hpp"

namespace harmonium {

/// The parameters of a model at a bounded number of epochs, spaced over its training.
class HARMONIUM_API Snapshots {
 public:
  static constexpr const char* port_type = "snapshots";
  using Spec = ModelSpec;

  struct Taken {
    Index epoch = 0;
    Network model;
    HARMONIUM_API void visit(Visitor& visitor);
  };
  /// In the order of epochs, the first being the model before training.
  std::vector<Taken> taken;

  /// Keeps `model` if one is due at this epoch. When more than `most` are held every second one goes, so that those
  /// kept stay evenly spaced however long training goes on.
  void offer(Index epoch, const Network& model, Index most);
  void visit(Visitor& visitor);

 private:
  Index spacing_ = 1;
};

}  // namespace harmonium
