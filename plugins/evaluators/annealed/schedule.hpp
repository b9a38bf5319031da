#pragma once

#include <functional>
#include <vector>

#include "path.hpp"

namespace harmonium {

/// Inverse temperatures from 0 to 1, both included, `count` of them, at least 2.
std::vector<double> evenly(Index count);
/// 1/29 of the steps up to 0.5, 8/29 from there to 0.9, and the rest up to 1. Salakhutdinov, Murray 2008.
std::vector<double> three_segments(Index count);
/// Inverse temperatures so that the log weights of every step have the same variance over runs, and so leave the same
/// share of the effective runs: their density is proportional to the standard deviation of d log f / d beta (Grosse,
/// Maddison, Salakhutdinov 2013, sec. 4), measured by runs along `path` in `pilot` even steps, at least 2; and at least
/// a tenth of the mean everywhere, since a chain that lags behind measures too little. `report` is told of every step.
std::vector<double> at_equal_cost(AnnealedPath& path, Index pilot, Index count,
                                  const std::function<void(Index)>& report);

}  // namespace harmonium
