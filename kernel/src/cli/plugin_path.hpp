#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "plugin/registry.hpp"

namespace harmonium::cli {

/// The option --plugin-path, and the plugins found with it.
class PluginPath {
 public:
  void add_to(CLI::App& verb);
  /// Opens every plugin. What is given on the command line may be relative to the current directory: the person said
  /// so.
  Registry& load() const;

 private:
  std::vector<std::string> folders_;
};

}  // namespace harmonium::cli
