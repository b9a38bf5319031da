#include "run/manifest.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "run/durable.hpp"

namespace harmonium::run {
namespace {

using nlohmann::json;

constexpr int manifest_format = 1;

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Whether it has all that is read of it below, each of its kind.
bool complete(const json& all) {
  try {
    if (all.at("format") != manifest_format || !all.at("nodes").is_array()) return false;
    for (const char* text : {"id", "pipeline", "text", "status", "store"})
      if (!all.at(text).is_string()) return false;
    const json& given = all.at("given");
    given.at("set").get<Pairs>();
    given.at("param").get<Pairs>();
    for (const char* nodes : {"to", "force"}) given.at(nodes).get<std::vector<std::string>>();
    if (!given.at("seed").is_null()) given.at("seed").get<std::uint64_t>();
    for (const json& node : all.at("nodes"))
      for (const char* text : {"path", "type", "key"})
        if (!node.at(text).is_string()) return false;
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

}  // namespace

nlohmann::ordered_json told(const pipeline::Graph& graph, const std::vector<std::string>& to,
                            const std::vector<std::string>& force) {
  nlohmann::ordered_json given = {{"set", graph.given.settings},
                                  {"param", graph.given.parameters},
                                  {"seed", nullptr},
                                  {"to", to},
                                  {"force", force}};
  if (graph.given.seed) given["seed"] = *graph.given.seed;
  return {{"format", manifest_format},
          {"pipeline", std::filesystem::absolute(graph.file).string()},
          {"text", graph.text},
          {"given", std::move(given)}};
}

Manifest Manifest::read(const std::filesystem::path& run) {
  std::error_code ignored;
  const std::filesystem::path file = std::filesystem::is_directory(run, ignored) ? run / "manifest.json" : run;
  const std::string text = read_text(file);
  if (text.empty())
    throw BadData(fmt::format("{} is no run: {} cannot be read or is empty", run.string(), file.string()));
  Manifest manifest{std::filesystem::absolute(file).parent_path(), json::parse(text, nullptr, false)};
  if (!manifest.all.is_object() || !complete(manifest.all))
    throw BadData(fmt::format("{} is not the manifest of a run, or that of another version", file.string()));
  return manifest;
}

std::string Manifest::id() const { return all.at("id").get<std::string>(); }

std::filesystem::path Manifest::pipeline() const { return all.at("pipeline").get<std::string>(); }

std::filesystem::path Manifest::store() const { return all.at("store").get<std::string>(); }

const json* Manifest::node(const std::string& path) const {
  for (const json& node : all.at("nodes"))
    if (node.at("path") == path) return &node;
  return nullptr;
}

std::vector<std::string> Manifest::to() const { return all.at("given").at("to").get<std::vector<std::string>>(); }

std::vector<std::string> Manifest::force() const { return all.at("given").at("force").get<std::vector<std::string>>(); }

pipeline::Checked Manifest::check(const pipeline::Overrides& more) const {
  const json& given = all.at("given");
  pipeline::Overrides overrides = more;
  // Of several the last one counts.
  for (const auto& [name, to] : {std::pair("set", &overrides.settings), std::pair("param", &overrides.parameters)}) {
    const Pairs then = given.at(name).get<Pairs>();
    to->insert(to->begin(), then.begin(), then.end());
  }
  if (!overrides.seed && !given.at("seed").is_null()) overrides.seed = given.at("seed").get<std::uint64_t>();
  return pipeline::check_text(all.at("text").get<std::string>(), pipeline(), overrides);
}

}  // namespace harmonium::run
