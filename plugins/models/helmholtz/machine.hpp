#pragma once

#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/helmholtz.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium::helmholtz {

/// The machine at a bounded number of epochs, spaced over its training.
class Snapshots {
 public:
  static constexpr const char* port_type = "helmholtz snapshots";
  using Spec = HelmholtzSpec;

  struct Taken {
    Index epoch = 0;
    HelmholtzMachine machine;
    void visit(Visitor& visitor);
  };
  /// In the order of epochs, the first being the machine before training.
  std::vector<Taken> taken;

  /// Keeps `machine` if one is due at this epoch; of more than `most` every second one goes.
  void offer(Index epoch, const HelmholtzMachine& machine, Index most);
  void visit(Visitor& visitor);

 private:
  Index spacing_ = 1;
};

/// Notes, as a problem of `where` ("in.data"), what the data lack of what the machine shows: the part, or its width.
void check_part(const HelmholtzSpec& machine, const DataSpec& data, const std::string& where, Specs& outputs);

/// Throws BadData, with the remedy, where values lie outside [0, 1].
void demand_shades(const ColumnSummary& summary);

/// Throws BadData, with the remedy, where a value is neither 0 nor 1. `first` is the number of the first row.
void demand_bits(View<const float> rows, Index first);

}  // namespace harmonium::helmholtz
