#pragma once

#include <string>
#include <vector>

#include "harmonium/type.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// The text of a composite, read: pipeline text with parameters and ports.
struct Composite {
  struct Parameter {
    std::string name;
    std::string says;
    Place place;
    bool required = false;
    TreePtr standard;               ///< null where there is none
    TreePtr example;                ///< likewise
    std::vector<Parameter> fields;  ///< of each map in a list; empty where its items are not described
  };
  struct Output {
    PortInfo port;
    TreePtr from;
  };
  std::string name;
  std::string says;
  std::string cites;
  std::vector<Parameter> parameters;
  std::vector<PortInfo> inputs;
  std::vector<Output> outputs;
  TreePtr nodes;
};

/// Reads a registered composite; what is wrong with it is added to `problems`, located in its text as NAME:line:column.
/// Usable only where nothing is.
Composite read_composite(const TypeInfo& registered, std::vector<Diagnostic>& problems);

/// A type for people and editors: of a composite with what its text says, sentence, citation, parameters (as text,
/// numbers or lists, after their defaults) and ports; any other as it is. Throws BadPipeline where the text is faulty.
HARMONIUM_API TypeInfo described(const TypeInfo& registered);

}  // namespace harmonium::pipeline
