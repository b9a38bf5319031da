#pragma once

#include <vector>

#include "harmonium/views.hpp"

namespace harmonium {

/// Inverse temperatures from 0 to 1, both included, `count` of them, at least 2.
std::vector<double> evenly(Index count);
/// 1/29 of the steps up to 0.5, 8/29 from there to 0.9, and the rest up to 1. Salakhutdinov, Murray 2008.
std::vector<double> three_segments(Index count);
/// Inverse temperatures so that the log weights of every step have the same variance over runs, and so leave the same
/// share of the effective runs: their density is proportional to the standard deviation of d log f / d beta (Grosse,
/// Maddison, Salakhutdinov 2013, sec. 4). That was measured by runs in even steps, at least 2, whose deviations are
/// `cost`; it is taken as a tenth of the mean at least, since a chain that lags behind measures too little.
std::vector<double> at_equal_cost(const std::vector<double>& cost, Index count);
/// Standard deviation of a sample of two or more.
double deviation(const std::vector<double>& values);

}  // namespace harmonium
