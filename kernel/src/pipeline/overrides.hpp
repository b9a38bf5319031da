#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/problems.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// "curve[rate=0.1].model" as {"curve[rate=0.1]", "model"}: dots within brackets do not separate.
std::vector<std::string> segments(const std::string& path);
/// "curve" of "curve[rate=0.1]".
std::string without_brackets(const std::string& segment);
/// Whether `wanted` is `path` or what it begins with. Without the brackets of copies it means all of them.
bool names(const std::vector<std::string>& wanted, const std::vector<std::string>& path);

/// The `--set node.param=value` of the command line, waiting for the nodes that they mean. A path may leave out the
/// brackets of copies and then means all of them.
class SettingOverrides {
 public:
  SettingOverrides(const std::vector<std::pair<std::string, std::string>>& settings, Problems& problems);

  /// The parameters of the node at `path`, as changed. `has` tells which parameters its type has; `standard` gives the
  /// default of one, as a tree or null, where a change reaches into it; `inlined` whether a node is written inline at
  /// the port of that name, to which longer paths belong.
  TreePtr apply(const std::string& path, const TreePtr& with, const std::vector<std::string>& parameters,
                const std::function<TreePtr(const std::string&)>& standard,
                const std::function<bool(const std::string&)>& inlined);

  /// Complains of every change that no node took up. `paths` are those of all nodes.
  void report_unused(const std::vector<std::string>& paths, Problems& problems) const;

 private:
  struct Override {
    std::string key;
    std::vector<std::string> path;
    TreePtr value;
    bool used = false;
    std::size_t nearest = 0;              ///< how much of the path named a node
    std::vector<std::string> parameters;  ///< of that node
    std::string problem;
  };
  std::vector<Override> overrides_;
};

}  // namespace harmonium::pipeline
