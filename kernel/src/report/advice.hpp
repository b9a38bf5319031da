#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/table.hpp"

namespace harmonium::report {

/// What a table of a training shows to go wrong, with what usually helps: weights that grow ever faster, held-out rows
/// that part from training rows, chains that do not mix. Hinton 2012, A practical guide to training restricted
/// Boltzmann machines, sections 6 to 8; that chains have met below an R-hat of 1.1: Gelman, Rubin 1992.
HARMONIUM_API std::vector<std::string> advice_on_course(const Table& table);

/// The same of a layer's hidden units, given how often each is on: many that are nearly always in one state.
HARMONIUM_API std::vector<std::string> advice_on_activity(const std::string& layer, const std::vector<float>& on);

}  // namespace harmonium::report
