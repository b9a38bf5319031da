#pragma once

#include <string>
#include <vector>

#include "harmonium/dataset.hpp"

namespace harmonium::helmholtz {

/// Notes, as a problem of with.frequencies, where the data have no such part of one column.
void check_frequencies(const std::string& part, const DataSpec& data, Specs& outputs);

/// How often each row of the data counts, 1 on average, from a part of one column; all 1 where `part` is empty. Throws
/// BadData where a count is negative or all are zero.
std::vector<double> counts_of(const Dataset& data, const std::string& part);

}  // namespace harmonium::helmholtz
