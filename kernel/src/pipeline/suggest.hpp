#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harmonium/export.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// The end of a message about an unknown name: "; did you mean 'steps'?" where one of `known` is near (insertions,
/// deletions, replacements and swaps of neighbours, at most a third of the letters; or the same last part after a
/// dot), else "; there are: a, b, c", else "".
HARMONIUM_API std::string suggestion(std::string_view unknown, const std::vector<std::string>& known);

/// The near name that suggestion() would offer, or null.
const std::string* nearest(std::string_view unknown, const std::vector<std::string>& known);

/// The message about an entry of a map that nothing knows.
std::string unknown_key(const Tree::Entry& entry, const std::vector<std::string>& known);

/// "a, b, c", shortened where there are many.
std::string listed(const std::vector<std::string>& names);
/// "a schedule", "an update rule".
std::string with_article(std::string_view noun);

}  // namespace harmonium::pipeline
