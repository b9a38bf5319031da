#pragma once

#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/spec.hpp"

namespace harmonium {

/// What nodes that change the numbers of one part have in common: they take `data`, some also `fitted_on`, name the
/// part with the parameter `part`, and leave the spec as it is.

/// Notes why the part cannot be changed, where it cannot.
void check_part(const Specs& in, const std::string& part, Specs& out);
/// The same, passing the spec on.
void pass_spec(const Specs& in, const std::string& part, Specs& out);
/// The same where grey values of the part are made binary: PartSpec::made becomes `made`.
void pass_spec_made(const Specs& in, const std::string& part, const std::string& made, Specs& out);
DataSpec made_binary(DataSpec spec, const std::string& part, const std::string& made);
/// The data that parameters are found from: `fitted_on`, or where nothing is connected there, `data`.
const Dataset& fitting_data(const Inputs& in);
/// A summary of a part. Throws BadData where there are no rows.
ColumnSummary summarise_part(const Dataset& data, const std::string& part, Context& context);

}  // namespace harmonium
