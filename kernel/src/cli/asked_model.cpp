#include "cli/asked_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>
#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium::cli {

std::string ending_of(const std::string& path) {
  std::string ending = std::filesystem::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return ending;
}

namespace {

AskedModel exported(const std::string& file, int number = 0) {
  if (std::error_code ignored; !std::filesystem::exists(file, ignored))
    throw Error(Exit::usage, fmt::format("{}: there is no file '{}'", file, std::filesystem::absolute(file).string()));
  return {file, "", {}, number};
}

}  // namespace

AskedModel model_called(const std::string& text) {
  if (ending_of(text) == ".npz") return exported(text);
  // Folders may have colons in their names, nodes have none.
  const std::size_t colon = text.rfind(':');
  const std::string file = text.substr(0, colon), node = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (ending_of(file) == ".npz") {
    int number = 0;
    const auto [end, error] = std::from_chars(node.data(), node.data() + node.size(), number);
    if (error != std::errc() || end != node.data() + node.size() || number < 1)
      throw Error(Exit::usage,
                  fmt::format("FILE.npz:NUMBER is a model by its number in the file, from 1, got '{}'", text));
    return exported(file, number);
  }
  if (node.empty() || file.empty())
    throw Error(
        Exit::usage,
        fmt::format("MODEL is FILE.yaml:NODE, a run's FOLDER:NODE, FILE.npz or FILE.npz:NUMBER, got '{}'", text));
  if (std::error_code ignored; !std::filesystem::is_directory(file, ignored)) return {file, node, {}};
  run::Manifest run = run::Manifest::read(file);
  std::string pipeline = run.pipeline().string();
  return {std::move(pipeline), node, std::move(run)};
}

}  // namespace harmonium::cli
