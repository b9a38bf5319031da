#include "cli/asked_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harmonium/errors.hpp"

namespace harmonium::cli {

std::string ending_of(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

namespace {

/// The pipeline of a run, and the key of one of its nodes, by the manifest in its folder.
AskedModel model_of_run(const std::string& folder, const std::string& node) {
  const std::filesystem::path path = std::filesystem::path(folder) / "manifest.json";
  std::ifstream file(path);
  const nlohmann::json manifest = nlohmann::json::parse(file, nullptr, false);
  if (!manifest.is_object() || !manifest.contains("pipeline") || !manifest.contains("nodes"))
    throw Error(Exit::bad_data, fmt::format("{} is no folder of a run: it has no manifest.json", folder));
  AskedModel model{manifest["pipeline"].get<std::string>(), node, folder, ""};
  for (const nlohmann::json& each : manifest["nodes"])
    if (each.value("path", "") == node) model.key = each.value("key", "");
  return model;
}

}  // namespace

AskedModel model_called(const std::string& text) {
  if (ending_of(text) == ".npz") return {text, "", "", ""};
  const std::size_t colon = text.find(':');
  const std::string file = text.substr(0, colon), node = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (node.empty())
    throw Error(Exit::usage, fmt::format("MODEL is FILE.yaml:NODE, a run's FOLDER:NODE or FILE.npz, got '{}'", text));
  std::error_code ignored;
  return std::filesystem::is_directory(file, ignored) ? model_of_run(file, node) : AskedModel{file, node, "", ""};
}

}  // namespace harmonium::cli
