#pragma once

#include <nlohmann/json.hpp>

#include "run/manifest.hpp"

namespace harmonium::report {

/// What a report shows of a run: what its manifest says, the pictures in its folder, and of what it left in the store
/// tables by epoch, weights as they were learned, histograms. What has gone from the store is left out.
///
/// {name, folder, status, ..., graph: {nodes, edges}, nodes, tables, charts: [{node, title, columns, units, rows}],
///  tiles: [{node, rows, columns, scale, taken: [{epoch, tiles}]}], histograms: [{node, of, from, to, counts}],
///  pictures: [{name, png}], notes: [{node, text}]}, bytes as base64.
nlohmann::ordered_json findings(const run::Manifest& run, const pipeline::Graph& graph);

}  // namespace harmonium::report
