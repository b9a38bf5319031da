#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "numerics/kernels.hpp"

namespace harmonium {

/// The kernels in use: the best that the processor can run, unless the environment's HARMONIUM_SIMD names another of
/// "sse2", "avx2" and "avx512". Throws Error(Exit::usage) when that one is unknown or cannot run here.
HARMONIUM_API const Kernels& kernels();

/// The names of the instruction sets that can run here, the best last.
HARMONIUM_API std::vector<std::string> instruction_sets();
/// Chooses by one of these names while nothing is being computed: for tests and benchmarks.
HARMONIUM_API void use_instruction_set(const std::string& name);

}  // namespace harmonium
