#pragma once

#include <string>
#include <vector>

#include "cli/plugin_path.hpp"
#include "harmonium/errors.hpp"

namespace harmonium::cli {

/// A question as the command line puts it.
struct AskOptions {
  PluginPath plugins;
  std::string model, question;
  std::vector<std::string> values, data, other;
  std::string out, store, seed, model_seed;
  std::vector<std::string> settings, parameters;
  int threads = 0;
  bool help = false;
};

/// Finds the answer and writes it. What is wrong with question or pipeline goes to standard error; its exit status
/// comes back. Throws Error for what is noticed later.
Exit answer(const AskOptions& options);

}  // namespace harmonium::cli
