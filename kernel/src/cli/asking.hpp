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

/// All that may be asked: the types ask.QUESTION, with what composites say in their text.
std::vector<TypeInfo> questions(const Registry& registry);
/// A question as each kind of model is asked it: ask.QUESTION, of a network, then ask.QUESTION.KIND.
std::vector<TypeInfo> kinds_of(const std::string& question, const Registry& registry);
/// The one of that name without "ask.". Throws Error (usage) with what may have been meant.
TypeInfo question_called(const std::string& name, const Registry& registry);

/// Finds the answer and writes it. What is wrong with question or pipeline goes to standard error; its exit status
/// comes back. Throws Error for what is noticed later.
Exit answer(const AskOptions& options);

}  // namespace harmonium::cli
