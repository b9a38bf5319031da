#pragma once

#include <string>
#include <vector>

#include "pipeline/graph.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// A composite that is being expanded, and the node that uses it.
struct Usage {
  std::string composite;
  std::string path;  ///< of the node that uses it
  Place place;
  const Usage* outer = nullptr;
};

Diagnostic diagnostic(Location location, std::string path, std::string message, Exit status = Exit::bad_pipeline);

/// Collects what is wrong.
class Problems {
 public:
  /// `path` is the node's and what lies in it, "layer1.with.steps"; "nodes." is put before it. A problem located in a
  /// composite's text says who uses it.
  void node(const Place& place, const std::string& path, std::string message, const Usage* usage = nullptr,
            Exit status = Exit::bad_pipeline, Misfit misfit = Misfit::none);
  /// Anything else; `path` may be empty.
  void add(Diagnostic diagnostic);

  bool empty() const { return found_.empty(); }
  std::size_t count() const { return found_.size(); }
  /// Sorted by file and place, each once.
  std::vector<Diagnostic> sorted() const;

 private:
  std::vector<Diagnostic> found_;
};

}  // namespace harmonium::pipeline
