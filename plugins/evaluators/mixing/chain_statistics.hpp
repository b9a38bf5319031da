#pragma once

#include "harmonium/views.hpp"

namespace harmonium {

// What draws of one number say of how well chains mix. All take chains x sweeps, at least 2 x 4.

/// The integrated autocorrelation time, tau = 1 + 2 sum over t > 0 of rho(t), in sweeps: an average over N sweeps is as
/// good as one over N / tau independent draws. rho(t) is that of all chains about their common mean; the sum ends at
/// the first t of at least 5 tau and 5 (Sokal 1997, section 3), or at half of the sweeps, and is then likely too short.
/// Not a number where the draws do not differ.
double autocorrelation_time(View<const double> draws);

/// The number of independent draws that are worth as much as all these: chains x sweeps / tau, where rho(t) counts what
/// chains differ by as well (Vehtari et al. 2021, eq. 10), over halves of the chains, and its sum is Geyer's initial
/// monotone sequence (Geyer 1992, section 3.3). Not a number where the draws do not differ.
double effective_sample_size(View<const double> draws);

/// R-hat: by how much more the draws vary than those of each half of a chain do; 1 where chains have the same law. The
/// larger one of ranks, as normal numbers, and of ranks of the distance from the median (Vehtari et al. 2021, section
/// 4.1-4.2). Not a number where the draws do not differ.
double r_hat(View<const double> draws);

}  // namespace harmonium
