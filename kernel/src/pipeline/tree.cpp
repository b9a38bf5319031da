#include "pipeline/tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace harmonium::pipeline {
namespace {

void count(Tree& tree, const Tree& child) {
  tree.size += child.size;
  tree.height = std::max(tree.height, child.height + 1);
  tree.variables = tree.variables || child.variables;
  if (tree.size > Tree::most_nodes)
    throw TreeTooLarge(fmt::format("more than {} values, aliases and parameters written out", Tree::most_nodes));
  if (tree.height > Tree::most_levels) throw TreeTooLarge(fmt::format("more than {} levels", Tree::most_levels));
}

}  // namespace

const Tree::Entry* Tree::find(std::string_view key) const {
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return entry == entries.end() ? nullptr : &*entry;
}

TreePtr make_null(Place place) {
  auto tree = std::make_shared<Tree>();
  tree->place = std::move(place);
  return tree;
}

TreePtr make_scalar(Place place, std::string text, bool quoted) {
  auto tree = std::make_shared<Tree>();
  tree->kind = Tree::Kind::scalar;
  tree->place = std::move(place);
  tree->variables = text.find('$') != std::string::npos;
  tree->text = std::move(text);
  tree->quoted = quoted;
  return tree;
}

TreePtr make_list(Place place, std::vector<TreePtr> items) {
  auto tree = std::make_shared<Tree>();
  tree->kind = Tree::Kind::list;
  tree->place = std::move(place);
  for (const TreePtr& item : items) count(*tree, *item);
  tree->items = std::move(items);
  return tree;
}

TreePtr make_map(Place place, std::vector<Tree::Entry> entries) {
  auto tree = std::make_shared<Tree>();
  tree->kind = Tree::Kind::map;
  tree->place = std::move(place);
  for (const Tree::Entry& entry : entries) count(*tree, *entry.value);
  tree->entries = std::move(entries);
  return tree;
}

TreePtr with_entry(const TreePtr& map, Tree::Entry entry) {
  std::vector<Tree::Entry> entries = map->entries;
  const auto same = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key == entry.key; });
  if (same == entries.end())
    entries.push_back(std::move(entry));
  else
    *same = std::move(entry);
  return make_map(map->place, std::move(entries));
}

TreePtr merged(const TreePtr& under, const TreePtr& over) {
  if (!under || !over) return under ? under : over;
  TreePtr both = under;
  for (const Tree::Entry& entry : over->entries) both = with_entry(both, entry);
  return both;
}

std::string describe(const Tree& tree) {
  switch (tree.kind) {
    case Tree::Kind::null:
      return "nothing";
    case Tree::Kind::list:
      return "a list";
    case Tree::Kind::map:
      return "a map";
    case Tree::Kind::scalar:
      break;
  }
  constexpr std::size_t most = 60;
  const std::string text = tree.text.size() > most ? tree.text.substr(0, most) + "..." : tree.text;
  return tree.quoted ? fmt::format("the text '{}'", text) : fmt::format("'{}'", text);
}

std::string flow_text(const Tree& tree) {
  std::string text;
  switch (tree.kind) {
    case Tree::Kind::null:
      return "null";
    case Tree::Kind::scalar:
      return tree.quoted ? nlohmann::json(tree.text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                         : tree.text;
    case Tree::Kind::list:
      for (const TreePtr& item : tree.items) text += (text.empty() ? "" : ", ") + flow_text(*item);
      return "[" + text + "]";
    case Tree::Kind::map:
      break;
  }
  for (const Tree::Entry& entry : tree.entries)
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", entry.key, flow_text(*entry.value));
  return "{" + text + "}";
}

}  // namespace harmonium::pipeline
