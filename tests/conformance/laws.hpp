#pragma once

#include <string>
#include <vector>

#include "conformance/findings.hpp"
#include "harmonium/connection.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/type.hpp"
#include "harmonium/units.hpp"

namespace harmonium::conformance {

/// Layers to be joined, by their shapes: {6}, {6, 5} or {1, 6, 5}. Within one layer `b` is empty.
struct Join {
  std::vector<Index> a, b;
};

/// What the command line says of the type.
struct Questions {
  std::string with;         ///< its parameters, as YAML
  std::string states;       ///< of units: the states that one takes; empty: they are found
  std::vector<Join> joins;  ///< of a connection: ends; empty: they are found
  bool gradient = false;    ///< of a trainer: it follows the gradient of the likelihood
};

/// The laws of units.hpp. Those of A hold for exact units alone.
void check_units(const Handle<Units>& units, const Questions& questions, Findings& findings);
/// The laws of connection.hpp.
void check_connection(const Handle<Connection>& connection, const Questions& questions, Findings& findings);
/// What sampler.hpp promises of every sampler, and what this one's law does.
void check_sampler(const Handle<Sampler>& sampler, Findings& findings);
/// Whether a node trains a model: it takes a model and data and gives a model.
bool is_trainer(const TypeInfo& type);
/// What a trainer owes: the likelihood rises, work goes on where it was stopped, threads do not matter.
void check_trainer(const TypeInfo& type, const Questions& questions, Findings& findings);

}  // namespace harmonium::conformance
