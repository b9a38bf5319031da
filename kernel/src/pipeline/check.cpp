// From text to checked graph: the top level of a pipeline file, and the order of the steps.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline/expand.hpp"
#include "pipeline/flow.hpp"
#include "pipeline/graph.hpp"
#include "pipeline/link.hpp"
#include "pipeline/order.hpp"
#include "pipeline/scalars.hpp"
#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"
#include "pipeline/values.hpp"

namespace harmonium::pipeline {
namespace {

constexpr int format = 1;

class Checker {
 public:
  Checker(const std::filesystem::path& file, const Overrides& overrides)
      : file_(file),
        overrides_(overrides),
        settings_(overrides.settings, problems_),
        reader_(std::filesystem::absolute(file).parent_path(), nullptr) {}

  Checked check(const std::string& text) {
    Parsed parsed = parse(text, file_.string());
    for (Diagnostic& problem : parsed.problems) problems_.add(std::move(problem));
    if (parsed.problems.empty() && top_level(parsed.root)) {
      expand(nodes_, parameters_, seed_, settings_, expansion_, problems_);
      settings_.report_unused(expansion_.paths, problems_);
      const Links links = link(expansion_, problems_);
      make_nodes();
      arrange(links);
      flow_specs(graph_, drafts_, problems_);
    }
    Checked checked;
    checked.errors = problems_.sorted();
    if (checked.errors.empty()) {
      checked.graph = std::move(graph_);
      checked.graph.name = file_.stem().string();
      checked.graph.file = file_;
      checked.graph.text = text;
      checked.graph.given = overrides_;
    }
    return checked;
  }

 private:
  void wrong(const Place& place, const std::string& path, const std::string& message) {
    problems_.add(diagnostic(place.location(), path, message));
  }

  /// False where there is nothing to go on with.
  bool top_level(const TreePtr& root) {
    if (!root || !root->is_map()) {
      problems_.add(diagnostic({file_.string(), 1, 1}, "",
                               root ? "a map with 'harmonium' and 'nodes' is expected, got " + describe(*root)
                                    : "the file is empty; 'harmonium: 1' and 'nodes' are expected"));
      return false;
    }
    const std::vector<std::string> keys{"harmonium", "says", "seed", "params", "nodes"};
    for (const Tree::Entry& entry : root->entries)
      if (std::find(keys.begin(), keys.end(), entry.key) == keys.end())
        wrong(entry.place, entry.key, unknown_key(entry, keys));
    if (const Tree::Entry* version = root->find("harmonium"); !version)
      wrong(root->place, "harmonium", fmt::format("'harmonium: {}', the version of the format, is missing", format));
    else if (as_integer(*version->value) != format)
      wrong(version->value->place, "harmonium",
            fmt::format("version {} of the format is expected, got {}", format, describe(*version->value)));
    seed(root->find("seed"));
    parameters(root->find("params"));
    const Tree::Entry* nodes = root->find("nodes");
    if (!nodes || !nodes->value->is_map()) {
      wrong(nodes ? nodes->value->place : root->place, "nodes",
            nodes ? "a map of nodes is expected, got " + describe(*nodes->value) : "'nodes' is missing");
      return false;
    }
    nodes_ = nodes->value;
    return overrides_.nodes.empty() || more_nodes();
  }

  bool more_nodes() {
    Parsed parsed = parse(overrides_.nodes, overrides_.nodes_name);
    for (Diagnostic& problem : parsed.problems) problems_.add(std::move(problem));
    if (!parsed.problems.empty()) return false;
    if (!parsed.root || !parsed.root->is_map()) {
      problems_.add(diagnostic({overrides_.nodes_name, 1, 1}, "nodes", "a map of nodes is expected"));
      return false;
    }
    for (const Tree::Entry& entry : parsed.root->entries)
      if (nodes_->find(entry.key))
        wrong(entry.place, "nodes." + entry.key, "the pipeline has a node of that name already");
    nodes_ = merged(nodes_, parsed.root);
    return true;
  }

  void seed(const Tree::Entry* entry) {
    if (entry && !entry->value->is_null()) {
      const auto number = as_integer(*entry->value);
      if (!number || *number < 0)
        wrong(entry->value->place, "seed", "an integer, 0 or more, is expected, got " + describe(*entry->value));
      else
        seed_ = static_cast<std::uint64_t>(*number);
    }
    seed_ = overrides_.seed.value_or(seed_);
  }

  void parameters(const Tree::Entry* entry) {
    std::vector<std::string> names;
    if (entry && !entry->value->is_null() && !entry->value->is_map())
      wrong(entry->value->place, "params", "a map is expected, got " + describe(*entry->value));
    const Tree nothing;
    const Tree& map = entry ? *entry->value : nothing;
    for (const Tree::Entry& parameter : map.entries) {
      names.push_back(parameter.key);
      TreePtr value = given(parameter.key);
      try {
        // A parameter may build on those before it.
        if (!value)
          value = substitute(parameter.value, parameters_, [&](const Place& place, const std::string& message) {
            wrong(place, "params." + parameter.key, message);
          });
      } catch (const TreeTooLarge& large) {
        wrong(parameter.place, "params." + parameter.key, large.what());
        value = make_null(parameter.place);
      }
      parameters_.bind(parameter.key, std::move(value));
    }
    for (const auto& [name, text] : overrides_.parameters)
      if (std::find(names.begin(), names.end(), name) == names.end())
        problems_.add(diagnostic({"--param " + name, 0, 0}, "",
                                 names.empty()
                                     ? "this pipeline has no parameters"
                                     : fmt::format("there is no parameter '{}'{}", name, suggestion(name, names))));
  }

  /// The last --param of that name, or null.
  TreePtr given(const std::string& name) {
    TreePtr value;
    for (const auto& [key, text] : overrides_.parameters) {
      if (key != name) continue;
      const Parsed parsed = parse_argument(text, "--param " + name);
      for (const Diagnostic& problem : parsed.problems) problems_.add(problem);
      value = parsed.root ? parsed.root : make_null({});
    }
    return value;
  }

  /// Parameters are read and objects made; nodes keep the numbers of their drafts.
  void make_nodes() {
    for (Draft& draft : expansion_.nodes) {
      reader_.complain_to([&](const Place& place, const std::string& path, const std::string& message, Exit status) {
        problems_.node(place, path, message, draft.usage, status);
      });
      GraphNode& node = made_.emplace_back();
      node.path = draft.path;
      node.location = draft.place.location();
      node.type = draft.type;
      node.seed = draft.seed;
      node.replicate = draft.replicate;
      auto settings = reader_.settings(*draft.type, draft.with, draft.place, draft.path);
      if (!settings) {
        draft.failed = true;
        continue;
      }
      try {
        const std::shared_ptr<void> object = draft.type->make();
        SettingReader::apply(*draft.type, *settings, object.get());
        node.work = draft.type->as_node(object);
      } catch (const std::exception& error) {
        problems_.node(draft.place, draft.path, error.what(), draft.usage);
        draft.failed = true;
        continue;
      }
      node.given = reader_.given(*draft.type, *settings);
      node.settings = std::move(*settings);
    }
  }

  void arrange(const Links& links) {
    std::vector<std::vector<std::size_t>> sources(links.size());
    for (std::size_t i = 0; i < links.size(); ++i)
      for (const auto& [port, all] : links[i])
        for (const Source& source : all) sources[i].push_back(source.node);
    const Order order = pipeline::order(sources);
    for (const auto& cycle : order.cycles) {
      std::string way;
      for (const std::size_t i : cycle) {
        way += made_[i].path + " -> ";
        expansion_.nodes[i].failed = true;
      }
      const Draft& first = expansion_.nodes[cycle.front()];
      problems_.node(first.place, first.path, "nodes feed each other in a cycle: " + way + first.path, first.usage);
    }
    std::vector<std::size_t> position(links.size());
    for (std::size_t i = 0; i < order.nodes.size(); ++i) position[order.nodes[i]] = i;
    for (const std::size_t i : order.nodes) {
      GraphNode node = std::move(made_[i]);
      node.inputs = links[i];
      for (auto& [port, all] : node.inputs)
        for (Source& source : all) source.node = position[source.node];
      graph_.nodes.push_back(std::move(node));
      drafts_.push_back(&expansion_.nodes[i]);
    }
  }

  const std::filesystem::path& file_;
  const Overrides& overrides_;
  Problems problems_;
  SettingOverrides settings_;
  SettingReader reader_;
  Environment parameters_;
  std::uint64_t seed_ = 1;
  TreePtr nodes_;
  Expansion expansion_;
  std::vector<GraphNode> made_;
  std::vector<Draft*> drafts_;
  Graph graph_;
};

}  // namespace

std::optional<std::size_t> Graph::find(const std::string& path) const {
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].path == path) return i;
  return {};
}

Checked check_text(const std::string& text, const std::filesystem::path& file, const Overrides& overrides) {
  return Checker(file, overrides).check(text);
}

Checked check(const std::filesystem::path& file, const Overrides& overrides) {
  Checked checked;
  const auto text = read_text(file, checked.errors);
  return text ? check_text(*text, file, overrides) : checked;
}

}  // namespace harmonium::pipeline
