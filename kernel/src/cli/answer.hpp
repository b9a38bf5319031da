#pragma once

#include <set>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/table.hpp"

namespace harmonium::cli {

/// Rows as CSV, so that they can be read again: parts beside each other, a category as the name of its class, what is
/// missing as nan; but for some parts. Names of columns that would be read as such are the first line.
std::string csv_of(const Dataset& data, const std::set<std::string>& without = {});

/// The same numbers as the content of an .npy file, rows x columns in single precision; a category as the number of its
/// class.
std::string npy_of(const Dataset& data, const std::set<std::string>& without = {});
/// The values of a table, rows x columns in double precision.
std::string npy_of(const Table& table);

}  // namespace harmonium::cli
