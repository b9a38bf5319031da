#include "pipeline/flow.hpp"

#include <fmt/format.h>

namespace harmonium::pipeline {
namespace {

/// Where "with.hidden" or "in.data" of a node stands in the text.
Place place_of(const Draft& draft, const std::string& where) {
  if (where.starts_with("with.") && draft.with) {
    const std::string name = where.substr(5, where.find('.', 5) - 5);
    if (const Tree::Entry* entry = draft.with->find(name)) return entry->value->place;
  }
  if (where.starts_with("in.")) {
    const auto given = draft.ports->given.find(where.substr(3));
    if (given != draft.ports->given.end()) {
      const auto& items = given->second.items;
      return !items.empty() && items.front().reference ? items.front().reference->place : given->second.place;
    }
  }
  return draft.place;
}

class Flow {
 public:
  Flow(Graph& graph, std::vector<Draft*>& drafts, Problems& problems)
      : graph_(graph), drafts_(drafts), problems_(problems) {}

  void node(std::size_t i) {
    GraphNode& node = graph_.nodes[i];
    Draft& draft = *drafts_[i];
    Specs in;
    for (const auto& [port, sources] : node.inputs)
      for (const Source& source : sources) {
        draft.failed = draft.failed || drafts_[source.node]->failed;
        if (!draft.failed) in.add(port, entry(source));
      }
    if (draft.failed) return;
    try {
      node.work->outputs(in, node.outputs);
      for (const Specs::Problem& problem : node.outputs.problems()) wrong(draft, problem.where, problem.message);
      // A node may note what is wrong with what comes in at either end.
      for (const Specs::Problem& problem : in.problems()) wrong(draft, problem.where, problem.message);
      if (!draft.failed) check_ports(node, draft);
    } catch (const BadPipeline& error) {
      wrong(draft, error.where(), error.what());
    } catch (const Error& error) {
      wrong(draft, "", error.what(), error.status());
    } catch (const std::exception& error) {
      wrong(draft, "", error.what());
    }
  }

 private:
  Specs::Entry entry(const Source& source) const {
    const GraphNode& from = graph_.nodes[source.node];
    if (from.outputs.has(source.port)) {
      Specs::Entry known = from.outputs.ports().at(source.port).front();
      known.label = source.label;
      return known;
    }
    // Not known before the run: connected all the same.
    for (const PortInfo& port : from.type->outputs)
      if (port.name == source.port) return {port.type, source.label, nullptr};
    return {"", source.label, nullptr};
  }

  void check_ports(const GraphNode& node, Draft& draft) {
    for (const auto& [name, entries] : node.outputs.ports()) {
      const PortInfo* declared = nullptr;
      for (const PortInfo& port : node.type->outputs)
        if (port.name == name) declared = &port;
      if (!declared || entries.size() != 1 || entries.front().type != declared->type)
        wrong(draft, "",
              fmt::format("plugin error: {} describes an output '{}' ({}) that it does not declare so", node.type->name,
                          name, entries.empty() ? "" : entries.front().type),
              Exit::internal);
    }
  }

  void wrong(Draft& draft, const std::string& where, const std::string& message, Exit status = Exit::bad_pipeline) {
    problems_.node(place_of(draft, where), where.empty() ? draft.path : draft.path + "." + where, message, draft.usage,
                   status);
    draft.failed = true;
  }

  Graph& graph_;
  std::vector<Draft*>& drafts_;
  Problems& problems_;
};

}  // namespace

void flow_specs(Graph& graph, std::vector<Draft*>& drafts, Problems& problems) {
  Flow flow(graph, drafts, problems);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) flow.node(i);
}

}  // namespace harmonium::pipeline
