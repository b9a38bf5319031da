#include "report/drawing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "harmonium/dataset.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/network.hpp"

namespace harmonium::report {

namespace {

/// The nodes by the parts of their paths: a box for every path under which there are several.
struct Box {
  std::string path;
  std::vector<std::size_t> nodes;
  std::map<std::string, Box> boxes;
  std::size_t count = 0;
};

/// The paths that a path lies under, outermost first: "a.b[c.d].e" lies under "a" and "a.b[c.d]".
std::vector<std::string> above(const std::string& path) {
  std::vector<std::string> all;
  int depth = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '[') {
      if (depth++ == 0) all.push_back(path.substr(0, i));
    } else if (path[i] == ']') {
      --depth;
    } else if (path[i] == '.' && depth == 0) {
      all.push_back(path.substr(0, i));
    }
  }
  return all;
}

/// Which nodes are drawn, and how many more a copy stands for.
struct Shown {
  std::vector<bool> node;
  std::map<std::string, std::size_t> more_like;  ///< by the path of the copy, "trial[seed=1]"
};

/// All nodes, or of every set of copies the first one.
Shown choose_nodes(const pipeline::Graph& graph, bool all_copies) {
  Shown shown{std::vector<bool>(graph.nodes.size(), true), {}};
  if (all_copies) return shown;
  std::map<std::string, std::vector<std::string>> copies;  // of "trial": "trial[seed=1]", "trial[seed=2]"
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const std::string& path = graph.nodes[i].path;
    int depth = 0;
    std::size_t open = 0;
    for (std::size_t at = 0; at < path.size() && shown.node[i]; ++at) {
      if (path[at] == '[' && depth++ == 0) open = at;
      if (path[at] != ']' || --depth > 0) continue;
      std::vector<std::string>& alike = copies[path.substr(0, open)];
      const std::string copy = path.substr(0, at + 1);
      if (std::find(alike.begin(), alike.end(), copy) == alike.end()) alike.push_back(copy);
      shown.node[i] = alike.front() == copy;
    }
  }
  for (const auto& [path, alike] : copies) shown.more_like[alike.front()] = alike.size() - 1;
  return shown;
}

/// A path as it is read within a box: "train" of "stack.1.train" within "stack.1", "seed=1 and 9 more like it" of
/// "trial[seed=1]" within "trial".
std::string titled(const Shown& shown, const std::string& path, const std::string& box) {
  std::string title = path;
  if (path == box)
    title = path.substr(above(path).empty() ? 0 : above(path).back().size() + 1);
  else if (!box.empty() && path.starts_with(box + "."))
    title = path.substr(box.size() + 1);
  else if (!box.empty() && path.starts_with(box + "[") && path.back() == ']')
    title = path.substr(box.size() + 1, path.size() - box.size() - 2);
  const auto found = shown.more_like.find(path);
  return found == shown.more_like.end() || found->second == 0
             ? title
             : fmt::format("{} and {} more like it", title, found->second);
}

Box boxes_of(const pipeline::Graph& graph, const Shown& shown) {
  std::set<std::string> outer;
  for (const auto& node : graph.nodes)
    for (std::string& path : above(node.path)) outer.insert(std::move(path));
  Box root;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!shown.node[i]) continue;
    const std::string& path = graph.nodes[i].path;
    std::vector<std::string> names = above(path);
    // A node that others lie under stands with them, in its own box.
    if (outer.contains(path)) names.push_back(path);
    Box* box = &root;
    for (const std::string& name : names) {
      box = &box->boxes[name];
      box->path = name;
      ++box->count;
    }
    box->nodes.push_back(i);
  }
  return root;
}

std::string escaped(std::string_view text, std::string_view special, const std::function<std::string(char)>& replace) {
  std::string all;
  for (char c : text) all += special.find(c) == std::string_view::npos ? std::string(1, c) : replace(c);
  return all;
}

std::string dot_text(std::string_view text) {
  return escaped(text, "\"\\", [](char c) { return fmt::format("\\{}", c); });
}

std::string mermaid_text(std::string_view text) {
  return escaped(text, "\"#<>&", [](char c) { return fmt::format("#{};", static_cast<int>(c)); });
}

std::string with_thousands(Index value) {
  const std::string digits = fmt::format("{}", value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text.push_back(',');
    text.push_back(digits[i]);
  }
  return text;
}

void dot_box(const pipeline::Graph& graph, const Shown& shown, const Box& box, const std::string& parent,
             const std::string& indent, int& number, std::string& text) {
  const bool drawn = !box.path.empty() && box.count > 1;
  const std::string inner = drawn ? indent + "  " : indent;
  const std::string& within = drawn ? box.path : parent;
  if (drawn)
    text += fmt::format("{0}subgraph cluster_{1} {{\n{0}  label=\"{2}\"\n", indent, number++,
                        dot_text(titled(shown, box.path, parent)));
  for (std::size_t i : box.nodes) {
    const auto& node = graph.nodes[i];
    text += fmt::format("{}n{} [label=\"{}\\n{}\"{}]\n", inner, i, dot_text(titled(shown, node.path, within)),
                        dot_text(node.type->name), node.type->view ? ", style=\"rounded,dashed\"" : "");
  }
  for (const auto& [path, below] : box.boxes) dot_box(graph, shown, below, within, inner, number, text);
  if (drawn) text += indent + "}\n";
}

void mermaid_box(const pipeline::Graph& graph, const Shown& shown, const Box& box, const std::string& parent,
                 const std::string& indent, int& number, std::string& text) {
  const bool drawn = !box.path.empty() && box.count > 1;
  const std::string inner = drawn ? indent + "  " : indent;
  const std::string& within = drawn ? box.path : parent;
  if (drawn)
    text += fmt::format("{}subgraph box{} [\"{}\"]\n", indent, number++, mermaid_text(titled(shown, box.path, parent)));
  for (std::size_t i : box.nodes) {
    const auto& node = graph.nodes[i];
    text += fmt::format("{}n{}[\"{}<br/>{}\"]\n", inner, i, mermaid_text(titled(shown, node.path, within)),
                        mermaid_text(node.type->name));
  }
  for (const auto& [path, below] : box.boxes) mermaid_box(graph, shown, below, within, inner, number, text);
  if (drawn) text += indent + "end\n";
}

/// Calls edge(from, to, label) for every connection.
void for_each_edge(const pipeline::Graph& graph, const Shown& shown,
                   const std::function<void(std::size_t, std::size_t, const std::string&)>& edge) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i)
    for (const auto& [port, sources] : graph.nodes[i].inputs)
      for (const pipeline::Source& source : sources) {
        if (!shown.node[i] || !shown.node[source.node]) continue;
        const std::string size = size_of(graph.nodes[source.node].outputs, source.port);
        edge(source.node, i, size.empty() ? port : fmt::format("{}\n{}", port, size));
      }
}

}  // namespace

std::string size_of(const Specs& outputs, const std::string& port) {
  if (!outputs.has(port)) return "";
  const Specs::Entry* entry = nullptr;
  try {
    entry = &outputs.at(port, 0, nullptr);
  } catch (const BadPipeline&) {
    return "";  // nothing is known of it
  }
  const std::string& type = entry->type;
  if (type == Dataset::port_type) {
    const auto& spec = *static_cast<const DataSpec*>(entry->spec.get());
    std::vector<std::string> widths;
    for (const PartSpec& part : spec.parts) widths.push_back(with_thousands(part.width));
    return fmt::format("{} x {}", spec.rows == DataSpec::unknown ? "?" : with_thousands(spec.rows),
                       fmt::join(widths, " + "));
  }
  if (type == Network::port_type) {
    const auto& spec = *static_cast<const ModelSpec*>(entry->spec.get());
    std::vector<Index> sizes;
    for (const LayerSpec& layer : spec.layers) sizes.push_back(layer.size);
    return fmt::format("{}", fmt::join(sizes, "-"));
  }
  if (type != Feedforward::port_type) return "";
  const auto& spec = *static_cast<const FeedforwardSpec*>(entry->spec.get());
  return fmt::format("{} to {}", spec.inputs, spec.outputs);
}

std::vector<std::pair<std::size_t, std::size_t>> drawn_nodes(const pipeline::Graph& graph) {
  const Shown shown = choose_nodes(graph, false);
  std::vector<std::pair<std::size_t, std::size_t>> nodes;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (!shown.node[n]) continue;
    std::size_t more = 0;
    for (const auto& [copy, others] : shown.more_like)
      if (const std::string& path = graph.nodes[n].path; path == copy || path.starts_with(copy + ".")) more += others;
    nodes.emplace_back(n, more);
  }
  return nodes;
}

std::string as_dot(const pipeline::Graph& graph, bool all_copies) {
  const Shown drawn = choose_nodes(graph, all_copies);
  std::string text = fmt::format(
      "digraph \"{}\" {{\n"
      "  rankdir=TB\n"
      "  graph [fontname=\"Helvetica\", style=rounded, color=gray60]\n"
      "  node [fontname=\"Helvetica\", shape=box, style=rounded]\n"
      "  edge [fontname=\"Helvetica\", fontsize=10]\n",
      dot_text(graph.name));
  int number = 0;
  dot_box(graph, drawn, boxes_of(graph, drawn), "", "  ", number, text);
  for_each_edge(graph, drawn, [&](std::size_t from, std::size_t to, std::string label) {
    if (const auto end = label.find('\n'); end != std::string::npos)
      label = fmt::format("{}\\n{}", dot_text(label.substr(0, end)), dot_text(label.substr(end + 1)));
    text += fmt::format("  n{} -> n{} [label=\"{}\"]\n", from, to, label);
  });
  return text + "}\n";
}

std::string as_mermaid(const pipeline::Graph& graph, bool all_copies) {
  const Shown drawn = choose_nodes(graph, all_copies);
  std::string text = "flowchart TB\n";
  int number = 0;
  mermaid_box(graph, drawn, boxes_of(graph, drawn), "", "  ", number, text);
  for_each_edge(graph, drawn, [&](std::size_t from, std::size_t to, std::string label) {
    if (const auto end = label.find('\n'); end != std::string::npos)
      label = fmt::format("{}<br/>{}", mermaid_text(label.substr(0, end)), mermaid_text(label.substr(end + 1)));
    text += fmt::format("  n{} -->|\"{}\"| n{}\n", from, label, to);
  });
  return text;
}

}  // namespace harmonium::report
