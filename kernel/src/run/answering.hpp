#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "run/recipe.hpp"
#include "run/store.hpp"

namespace harmonium::run {

/// Makes single nodes of a graph and leaves no trace: what is in the store is loaded, some nodes are made in memory,
/// and nothing is stored or written.
class HARMONIUM_API Answering {
 public:
  /// Nodes for which `here` is true are made in memory, as all views are. Of others the store must have the result:
  /// where it has not, RunFailed says so with `remedy(path)`.
  Answering(const pipeline::Graph& graph, const Store& store, std::vector<bool> here,
            std::function<std::string(const std::string& path)> remedy);
  ~Answering();

  /// What node number n makes. Throws what the node throws.
  const Outputs& outputs_of(std::size_t n);
  /// The key of its recipe.
  const std::string& key(std::size_t n) const { return recipes_[n].key; }
  /// What nodes wanted the person to know, once each.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class AskedInputs;
  friend class AskedContext;
  void load(std::size_t n, Outputs& outputs);
  void make(std::size_t n, Outputs& outputs);

  const pipeline::Graph& graph_;
  const Store& store_;
  std::vector<Recipe> recipes_;
  std::vector<bool> here_;
  std::function<std::string(const std::string&)> remedy_;
  std::map<std::size_t, std::unique_ptr<Outputs>> made_;
  std::vector<std::string> warnings_;
};

}  // namespace harmonium::run
