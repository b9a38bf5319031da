#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/table.hpp"

namespace harmonium::report {

struct Advice {
  /// "weights", "overfitting", "mixing", "off", "on": while a node is at work it is told once of each.
  std::string on;
  /// What goes wrong, with what usually helps.
  std::string text;
};

/// The values of a figure of that name from the beginning of a training on; none where it has no such figure.
using Course = std::function<std::vector<double>(const std::string& name)>;

/// What the figures of a training show to go wrong: weights that grow ever faster, held-out rows that part from
/// training rows, chains that do not mix. Hinton 2012, A practical guide to training restricted Boltzmann machines,
/// sections 6 to 8; that chains have met below an R-hat of 1.1: Gelman, Rubin 1992.
HARMONIUM_API std::vector<Advice> advice_on_course(const Course& course);
/// The same of a table whose columns are figures.
HARMONIUM_API std::vector<Advice> advice_on_table(const Table& table);

/// The same of a layer's hidden units, given how often each is on: many that are nearly always in one state.
HARMONIUM_API std::vector<Advice> advice_on_activity(const std::string& layer, const std::vector<float>& units);

}  // namespace harmonium::report
