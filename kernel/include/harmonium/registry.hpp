#pragma once

#include <string>

#include "harmonium/export.hpp"
#include "harmonium/setting.hpp"
#include "harmonium/value.hpp"

namespace harmonium {

namespace detail {
HARMONIUM_API ErasedValue make_value(const char* kind, const std::string& recipe);
}

/// Makes a value from how it is written in a pipeline file ("units.bernoulli", "{use: ..., with: ...}") or from a
/// Handle's recipe. Throws Error (plugin_missing or bad_pipeline) where that cannot be.
template <class Contract>
Handle<Contract> make_value(const std::string& recipe) {
  ErasedValue erased = detail::make_value(Contract::kind, recipe);
  return Handle<Contract>(std::static_pointer_cast<const Contract>(erased.object), erased.type, erased.recipe);
}

/// Writes a handle down as its recipe, and makes it again on loading.
template <class Contract, class Visit>
void visit_handle(Visit& visitor, const char* name, Handle<Contract>& handle) {
  std::string recipe = handle.recipe();
  visitor(name, recipe);
  if (visitor.loading()) handle = make_value<Contract>(recipe);
}

}  // namespace harmonium
