#include "run/last_run.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "run/durable.hpp"
#include "run/hash.hpp"
#include "run/record.hpp"

namespace harmonium::run {
namespace {

using nlohmann::json;

constexpr int last_run_format = 2;

}  // namespace

LastRun::LastRun(std::filesystem::path store, const pipeline::Graph& graph)
    : pipeline_(std::filesystem::absolute(graph.file)),
      file_(std::move(store) / "last" / (hash128(pipeline_.string()) + ".json")) {
  json read = json::parse(read_text(file_), nullptr, false);
  if (read.is_object() && read.value("format", 0) == last_run_format && read["nodes"].is_object())
    nodes_ = std::move(read["nodes"]);
}

std::vector<std::string> LastRun::differences(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe) const {
  const std::string& path = graph.nodes[n].path;
  return knows(path) ? run::differences(nodes_.at(path), record_of(graph, n, recipe)) : std::vector<std::string>();
}

void LastRun::remember(const pipeline::Graph& graph, std::size_t n, const Recipe& recipe) {
  nodes_[graph.nodes[n].path] = record_of(graph, n, recipe);
}

void LastRun::save() const {
  const json all = {{"format", last_run_format}, {"pipeline", pipeline_.string()}, {"nodes", nodes_}};
  const std::string text = all.dump(-1, ' ', false, json::error_handler_t::replace);
  if (read_text(file_) == text) return;
  try {
    make_folders(file_.parent_path());
    replace_file(file_, text);
  } catch (const RunFailed&) {
    // Only explanations are lost.
  }
}

}  // namespace harmonium::run
