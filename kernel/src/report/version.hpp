#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harmonium/export.hpp"

namespace harmonium::report {

/// What the program is made of and what it computes with, by name: versions of Harmonium, its SDK, the compiler and the
/// libraries; BLAS with its kernels; the instruction set of the elementwise passes; threads. Opens BLAS.
HARMONIUM_API std::vector<std::pair<std::string, std::string>> version();

}  // namespace harmonium::report
