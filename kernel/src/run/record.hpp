#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "run/recipe.hpp"

namespace harmonium::run {

/// What is kept of a node of a run, to say later what it came from and what is different:
///   {key, recipe, with: every parameter, inputs: {port: [[node.output, key], ...]}}.
nlohmann::json record_of(const pipeline::Graph& graph, std::size_t node, const Recipe& recipe);

/// What differs between the records of two nodes and matters to the result, a sentence each: "parameter hidden: 256 ->
/// 128". Nothing where their keys are the same, or a record has another form.
HARMONIUM_API std::vector<std::string> differences(const nlohmann::json& then, const nlohmann::json& now);

}  // namespace harmonium::run
