#pragma once

#include "harmonium/spec.hpp"

namespace harmonium {

/// Notes, before any work, what of a model at the port `model` keeps its states from being added up: units with
/// other than two states, or more of them than `most_units`.
void demand_enumerable(const ModelSpec& model, Index most_units, Specs& out);

}  // namespace harmonium
