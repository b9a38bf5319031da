#pragma once

#include <type_traits>

#include "harmonium/export.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// Threads of the one team that all work shares: OMP_NUM_THREADS at first, else the processors this process may use.
/// Results never depend on it.
HARMONIUM_API int threads();
HARMONIUM_API void set_threads(int count);

namespace detail {
HARMONIUM_API void parallel(Index blocks, void (*body)(void* closure, Index block), void* closure);
}

/// Calls body(block) for every block in [0, blocks), in any order, each block on one thread. What a block computes must
/// depend on its number alone, so that bits do not depend on the number of threads. Within a block, parallel() runs
/// serially. An exception thrown by a block is rethrown here, the one of the lowest block, after all have ended.
template <class Body>
void parallel(Index blocks, Body&& body) {
  detail::parallel(
      blocks, [](void* closure, Index block) { (*static_cast<std::remove_reference_t<Body>*>(closure))(block); },
      &body);
}

}  // namespace harmonium
