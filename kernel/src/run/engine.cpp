#include "run/engine.hpp"

#include <fmt/format.h>

#include <new>
#include <utility>

#include "harmonium/network.hpp"
#include "run/machine.hpp"
#include "run/node_view.hpp"

namespace harmonium::run {
namespace {

using pipeline::GraphNode;

/// The output's name in the run's folder: the node's path, with the port where the node has several of that kind.
std::string output_name(const GraphNode& node, const PortInfo& port) {
  int alike = 0;
  for (const PortInfo& other : node.type->outputs) alike += other.type == port.type;
  return alike == 1 ? node.path : node.path + "." + port.name;
}

}  // namespace

Engine::Engine(const pipeline::Graph& graph, const Options& options, const Store& store,
               const std::vector<Recipe>& recipes, Selection chosen, Results& results, Journal& journal, std::string id,
               Outcome& outcome)
    : graph_(graph),
      options_(options),
      store_(store),
      recipes_(recipes),
      chosen_(std::move(chosen)),
      results_(results),
      journal_(journal),
      id_(std::move(id)),
      outcome_(outcome),
      observer_(options.observer ? *options.observer : silent_),
      held_(graph.nodes.size()),
      fates_(graph.nodes.size()) {
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    to_run_ += chosen_.runs[n];
    if (graph_.nodes[n].type->view)
      fates_[n].how = "view";
    else if (!chosen_.needed[n] && !recall(n))
      fates_[n].how = "not needed";
  }
  count_uses();
}

template <class Body>
auto Engine::blame(std::size_t n, Body&& body) {
  const auto fail = [&](Exit status, const std::string& message, const std::string& where = "") {
    const GraphNode& node = graph_.nodes[n];
    const std::string path = "nodes." + node.path + (where.empty() ? "" : "." + where);
    const std::string text = pipeline::Diagnostic{node.location, path, message, status}.text();
    journal_.write("node failed", {{"node", node.path}, {"error", text}});
    fates_[n].how = "failed";
    throw Blamed(status, text);
  };
  try {
    return body();
  } catch (const Blamed&) {
    throw;
  } catch (const BadPipeline& error) {
    fail(error.status(), error.what(), error.where());
  } catch (const Error& error) {
    if (error.status() == Exit::interrupted) throw;
    fail(error.status(), error.what());
  } catch (const std::bad_alloc&) {
    fail(Exit::run_failed, "not enough memory");
  } catch (const std::exception& error) {
    fail(Exit::internal, error.what());
  }
  __builtin_unreachable();
}

void Engine::run() {
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    if (!chosen_.needed[n]) continue;
    if (stopped()) throw Error(Exit::interrupted, "interrupted; what is finished stays stored");
    blame(n, [&] { process(n); });
    release(n);
  }
}

void Engine::process(std::size_t n) {
  if (!chosen_.damage[n].empty())
    warn(n, fmt::format("what the store has of it is damaged and is made again: {}", chosen_.damage[n]));
  if (chosen_.runs[n]) {
    compute(n, chosen_.shown[n]);
  } else if (graph_.nodes[n].type->view) {
    if (chosen_.asked[n]) outputs_of(n);
  } else {
    const double began = now();
    if (chosen_.shown[n]) outputs_of(n);
    if (fates_[n].how == "not reached") report_stored(n, now() - began);
  }
  if (chosen_.shown[n]) show(n);
}

void Engine::show(std::size_t n) {
  const GraphNode& node = graph_.nodes[n];
  const Outputs& outputs = outputs_of(n);
  for (const PortInfo& port : node.type->outputs) {
    const std::shared_ptr<void> value = outputs.at(port.name, port.type);
    if (!value) continue;
    const std::string name = output_name(node, port);
    std::filesystem::path written;
    if (is_file(port)) written = results_.file(name, *static_cast<const File*>(value.get()));
    if (is_table(port)) {
      const auto& table = *static_cast<const Table*>(value.get());
      written = results_.table(name, table);
      if (chosen_.asked[n]) outcome_.tables.emplace_back(name, table);
    }
    if (port.type == Network::port_type)
      if (const Certificate* known = static_cast<const Network*>(value.get())->certificate())
        fates_[n].certificate = *known;
    if (!written.empty()) fates_[n].files.push_back(written.filename().string());
  }
}

const Outputs& Engine::outputs_of(std::size_t n) {
  if (!held_[n].outputs) {
    if (graph_.nodes[n].type->view)
      blame(n, [&] { make_view(n); });
    else if (!blame(n, [&] { return load(n); }))
      blame(n, [&] { compute(n, true); });
  }
  return *held_[n].outputs;
}

void Engine::make_view(std::size_t n) {
  GraphInputs inputs(*this, n);
  NodeContext context(*this, n);
  const auto work =
      context.beginning([&] { return std::unique_ptr<Work>(graph_.nodes[n].work->start(inputs, context)); });
  while (work->advance(inputs, context))
    if (stopped()) throw Error(Exit::interrupted, "interrupted; what is finished stays stored");
  auto outputs = std::make_unique<Outputs>();
  work->finish(inputs, *outputs);
  held_[n].outputs = std::move(outputs);
}

bool Engine::load(std::size_t n) {
  if (held_[n].unusable) return false;
  std::string problem;
  const std::unique_ptr<StoredState> stored = store_.entry(recipes_[n].key, &problem);
  if (!problem.empty()) warn(n, fmt::format("what the store has of it is damaged and is made again: {}", problem));
  if (!stored) return false;
  const std::unique_ptr<Work> work(graph_.nodes[n].work->blank());
  try {
    stored->load(*work);
  } catch (const BadData& error) {
    warn(n, fmt::format("what the store has of it does not fit this version and is made again: {}", error.what()));
    held_[n].unusable = true;
    return false;
  }
  GraphInputs inputs(*this, n);
  auto outputs = std::make_unique<Outputs>();
  work->finish(inputs, *outputs);
  held_[n].outputs = std::move(outputs);
  settle(n);
  return true;
}

void Engine::report_stored(std::size_t n, double seconds) {
  const std::string& path = graph_.nodes[n].path;
  forget_what_led_there(n);
  const bool recalled = recall(n);
  if (!recalled) {
    fates_[n].how = "stored";
    fates_[n].seconds = seconds;
  }
  if (const auto entry = store_.entry(recipes_[n].key, nullptr, false))
    fates_[n].metrics = NodeLog(entry->structure().property("metrics")).last();
  outcome_.nodes.push_back({path, true, seconds});
  if (!recalled) journal_.write("node from store", {{"node", path}, {"key", recipes_[n].key}});
  observer_.node_finished(path, true, seconds);
}

void Engine::forget_what_led_there(std::size_t n) {
  // Of a run that was killed right after it had put the result there. A run that was forced goes on from its own.
  const auto left = store_.checkpoint(recipes_[n].key, nullptr, false);
  if (left && left->structure().property("forced") == "yes" && !is_forced_by(id_, left->structure())) return;
  store_.forget_checkpoint(recipes_[n].key);
}

bool Engine::recall(std::size_t n) {
  const auto took = journal_.took(graph_.nodes[n].path);
  if (!took) return false;
  fates_[n].how = *took > 0 ? "run" : "stored";
  fates_[n].seconds = *took;
  return true;
}

void Engine::warn(std::size_t n, const std::string& text) {
  const std::string& path = graph_.nodes[n].path;
  journal_.write("warning", {{"node", path}, {"text", text}});
  observer_.warned(path + ": " + text);
}

// Who may ask for the outputs of a node: those that consume it, until they have made their own; and the loop of run().

void Engine::count_uses() {
  std::vector<bool> involved = chosen_.needed;
  for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
    if (!involved[n]) continue;
    held_[n].uses += chosen_.needed[n];
    for (const auto& [port, sources] : graph_.nodes[n].inputs)
      for (const pipeline::Source& source : sources) {
        involved[source.node] = true;
        ++held_[source.node].uses;
      }
  }
}

void Engine::release(std::size_t n) {
  if (--held_[n].uses > 0) return;
  held_[n].outputs.reset();
  settle(n);
}

void Engine::settle(std::size_t n) {
  if (std::exchange(held_[n].settled, true)) return;
  for (const auto& [port, sources] : graph_.nodes[n].inputs)
    for (const pipeline::Source& source : sources) release(source.node);
}

}  // namespace harmonium::run
