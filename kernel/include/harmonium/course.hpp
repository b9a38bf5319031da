#pragma once

#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/table.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// What a training tells of itself at the end of each epoch, as Context::metric takes it.
struct Figure {
  std::string name, unit;
};

/// The course of a training as a table, a row for each epoch from 1 on. `values` holds the figures of the first epoch,
/// then those of the second, and so on; where they are fewer than `figures` the last ones are left out, such as those
/// on validation data that there were not.
HARMONIUM_API Table course_of(const std::string& title, const std::vector<Figure>& figures,
                              const std::vector<double>& values, Index epochs);

}  // namespace harmonium
