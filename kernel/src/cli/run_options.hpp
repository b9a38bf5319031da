#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "run/run.hpp"

namespace harmonium::cli {

/// The options that `run` and `plan` share: which nodes, and where results are kept.
class RunOptions {
 public:
  void add_to(CLI::App& verb);
  run::Options options() const;

 private:
  std::string store_;
  std::vector<std::string> to_, force_;
};

}  // namespace harmonium::cli
