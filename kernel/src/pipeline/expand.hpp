#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pipeline/composite.hpp"
#include "pipeline/environment.hpp"
#include "pipeline/overrides.hpp"
#include "pipeline/scope.hpp"

namespace harmonium::pipeline {

/// A node after expansion, its parameters and connections not yet checked.
struct Draft {
  std::string path;
  Place place;
  const TypeInfo* type = nullptr;
  TreePtr with;  ///< variables replaced, changes of the command line made; may be null
  Ports* ports = nullptr;
  const Usage* usage = nullptr;
  std::uint64_t seed = 0;
  std::uint64_t replicate = 1;
  bool failed = false;
};

/// A pipeline with groups, copies, chains, composites and nodes written inline written out as plain nodes. The parts
/// point to each other, so it stays where it is.
struct Expansion {
  Expansion() = default;
  Expansion(const Expansion&) = delete;
  Expansion& operator=(const Expansion&) = delete;

  std::vector<Draft> nodes;
  std::deque<Ports> ports;  ///< of nodes and composites, outer ones first
  std::deque<Entity> entities;
  std::deque<Scope> scopes;
  std::deque<Usage> usages;
  std::map<const TypeInfo*, std::unique_ptr<Composite>> composites;  ///< null: faulty
  std::vector<std::string> paths;                                    ///< of everything, for suggestions
};

/// Writes out the top level's `nodes`.
void expand(const TreePtr& nodes, const Environment& parameters, std::uint64_t seed, SettingOverrides& overrides,
            Expansion& expansion, Problems& problems);

}  // namespace harmonium::pipeline
