#include "pipeline/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "pipeline/suggest.hpp"
#include "pipeline/text.hpp"

namespace harmonium::pipeline {
namespace {

using Segments = std::vector<std::string>;

std::string joined(const Segments& parts, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i ? "." : "") + parts[i];
  return text;
}

/// How many parts of `wanted` name the node `path`: all parts of the path, or 0.
std::size_t match(const Segments& wanted, const Segments& path) {
  if (wanted.size() < path.size()) return 0;
  return names({wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(path.size())}, path) ? path.size() : 0;
}

/// `tree` with what `path` (from `at` on) reaches replaced by `value`. A bare name on the way becomes {use, with}.
/// Returns null and says why in `problem` where there is nothing to reach into.
TreePtr replaced(const TreePtr& tree, const Segments& path, std::size_t at, const TreePtr& value,
                 std::string& problem) {
  if (at == path.size()) return value;
  const std::string& part = path[at];
  const auto into = [&](const TreePtr& map, const std::string& key, std::size_t next) -> TreePtr {
    const Tree::Entry* entry = map->find(key);
    const TreePtr inner = entry ? entry->value : make_null(value->place);
    const TreePtr changed = replaced(inner, path, next, value, problem);
    return changed ? with_entry(map, {key, entry ? entry->place : value->place, changed}) : nullptr;
  };
  if (tree->is_null() && at > 0) return into(make_map(value->place, {}), part, at + 1);
  if (tree->is_map()) {
    const bool of_value = tree->find("use") && part != "use" && part != "with";
    return of_value ? into(tree, "with", at) : into(tree, part, at + 1);
  }
  if (tree->is_list()) {
    std::size_t position = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), position);
    if (error != std::errc() || *end != '\0' || position < 1 || position > tree->items.size()) {
      problem = fmt::format("'{}' is a list of {}; a place in it is expected, got '{}'", joined(path, at),
                            tree->items.size(), part);
      return nullptr;
    }
    const TreePtr changed = replaced(tree->items[position - 1], path, at + 1, value, problem);
    if (!changed) return nullptr;
    std::vector<TreePtr> items = tree->items;
    items[position - 1] = changed;
    return make_list(tree->place, std::move(items));
  }
  if (tree->text.find('.') == std::string::npos ||
      tree->text.find_first_not_of("+-0123456789.eE") == std::string::npos) {
    problem = fmt::format("'{}' is {}, which has no '{}'", joined(path, at), describe(*tree), part);
    return nullptr;
  }
  return into(make_map(tree->place, {{"use", tree->place, tree}}), "with", at);
}

}  // namespace

Segments segments(const std::string& path) {
  Segments parts(1);
  int brackets = 0;
  for (const char c : path) {
    if (c == '.' && brackets == 0) {
      parts.emplace_back();
      continue;
    }
    if (c == '[') ++brackets;
    if (c == ']' && brackets > 0) --brackets;
    parts.back() += c;
  }
  return parts;
}

std::string without_brackets(const std::string& segment) { return segment.substr(0, segment.find('[')); }

bool names(const Segments& wanted, const Segments& path) {
  if (wanted.size() > path.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (wanted[i] != path[i] && wanted[i] != without_brackets(path[i])) return false;
  return true;
}

SettingOverrides::SettingOverrides(const std::vector<std::pair<std::string, std::string>>& settings,
                                   Problems& problems) {
  for (const auto& [key, text] : settings) {
    Parsed parsed = parse_argument(text, "--set " + key);
    for (const Diagnostic& problem : parsed.problems) problems.add(problem);
    if (!parsed.problems.empty()) continue;
    Override change;
    change.key = key;
    change.path = segments(key);
    change.value = parsed.root;
    if (change.path.size() < 2) {
      problems.add(diagnostic({"--set " + key, 0, 0}, "", "NODE.PARAMETER=VALUE is expected"));
      continue;
    }
    // Nothing lies deeper, and the parts are followed by recursion.
    if (change.path.size() > Tree::most_levels) {
      problems.add(diagnostic({"--set " + change.path[0] + "...", 0, 0}, "",
                              fmt::format("more than {} levels", Tree::most_levels)));
      continue;
    }
    overrides_.push_back(std::move(change));
  }
}

TreePtr SettingOverrides::apply(const std::string& path, const TreePtr& with, const Segments& parameters,
                                const std::function<TreePtr(const std::string&)>& standard,
                                const std::function<bool(const std::string&)>& inlined) {
  if (overrides_.empty()) return with;
  const Segments node = segments(path);
  TreePtr result = with;
  for (Override& change : overrides_) {
    const std::size_t named = match(change.path, node);
    if (named == 0) continue;
    if (named == change.path.size()) {
      change.problem = fmt::format("'{}' is a node; NODE.PARAMETER=VALUE is expected", change.key);
      change.nearest = named;
      continue;
    }
    const std::string& parameter = change.path[named];
    if (change.path.size() > named + 1 && inlined(parameter)) continue;
    const bool known = std::find(parameters.begin(), parameters.end(), parameter) != parameters.end();
    if (!known) {
      if (named > change.nearest) {
        change.nearest = named;
        change.parameters = parameters;
        change.problem.clear();
      }
      continue;
    }
    const Segments rest(change.path.begin() + static_cast<std::ptrdiff_t>(named), change.path.end());
    TreePtr map = result ? result : make_map(change.value->place, {});
    if (rest.size() > 1 && !map->find(parameter))
      if (const TreePtr usual = standard(parameter)) map = with_entry(map, {parameter, change.value->place, usual});
    std::string problem;
    if (const TreePtr changed = replaced(map, rest, 0, change.value, problem)) {
      result = changed;
      change.used = true;
    } else {
      change.problem = problem;
      change.nearest = named;
    }
  }
  return result;
}

void SettingOverrides::report_unused(const std::vector<std::string>& paths, Problems& problems) const {
  for (const Override& change : overrides_) {
    if (change.used) continue;
    std::string message = change.problem;
    if (message.empty() && change.nearest > 0) {
      const std::string& parameter = change.path[change.nearest];
      message = fmt::format("node '{}' has no parameter '{}'{}", joined(change.path, change.nearest), parameter,
                            suggestion(parameter, change.parameters));
    } else if (message.empty()) {
      const std::string node = joined(change.path, change.path.size() - 1);
      std::vector<std::string> within;
      for (const std::string& path : paths) {
        if (!names(segments(node), segments(path))) continue;
        // Groups are among the paths: what is in a group takes its place.
        if (!within.empty() && names(segments(within.back()), segments(path))) within.pop_back();
        within.push_back(path);
      }
      message = within.empty() ? fmt::format("there is no node '{}'{}", node, suggestion(node, paths))
                               : fmt::format("'{}' is a group of nodes, which has no parameters; in it are: {}", node,
                                             listed(within));
    }
    problems.add(diagnostic({"--set " + change.key, 0, 0}, "", message));
  }
}

}  // namespace harmonium::pipeline
