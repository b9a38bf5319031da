#pragma once

#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"

/// A node type that would be accepted.
struct Good {
  static void describe(harmonium::NodeType<Good>& type) {
    type.says("Does nothing.").output<harmonium::Table>("table", "An empty table.");
  }
  harmonium::Outputs run(const harmonium::Inputs&, harmonium::Context&) const {
    harmonium::Outputs outputs;
    outputs.set("table", harmonium::Table{});
    return outputs;
  }
};
