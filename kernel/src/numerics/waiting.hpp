#pragma once

#include "harmonium/export.hpp"

namespace harmonium {

/// Bounds how long threads of the team spin while they wait for each other. By default they spin for milliseconds, and
/// where other programs want the processors too, that is time in which the thread waited for cannot run: an epoch of
/// 0.7 s then takes 30 s and more. The OpenMP library reads its settings when it is loaded, before main(); so where the
/// user has set none this starts the program again with ours, once. Call it first, with main's arguments.
HARMONIUM_API void bound_waiting(char** arguments);

}  // namespace harmonium
