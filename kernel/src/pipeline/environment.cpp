#include "pipeline/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "pipeline/suggest.hpp"

namespace harmonium::pipeline {
namespace {

constexpr std::size_t most_text = 1 << 16;

bool name_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

/// How many characters from `at` on are name.part.part.
std::size_t name_length(const std::string& text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && (name_character(text[end]) || (text[end] == '.' && end > at && end + 1 < text.size() &&
                                                             name_character(text[end + 1]))))
    ++end;
  return end - at;
}

std::vector<std::string> keys_of(const Tree& map) {
  std::vector<std::string> keys;
  for (const Tree::Entry& entry : map.entries) keys.push_back(entry.key);
  return keys;
}

class Substitution {
 public:
  Substitution(const Environment& variables, const Report& report) : variables_(variables), report_(report) {}

  TreePtr replace(const TreePtr& tree) const {
    if (!tree->variables) return tree;
    switch (tree->kind) {
      case Tree::Kind::null:
        return tree;
      case Tree::Kind::scalar:
        return scalar(*tree);
      case Tree::Kind::list: {
        std::vector<TreePtr> items;
        for (const TreePtr& item : tree->items)
          if (TreePtr value = replace(item); !left_out(*item, *value)) items.push_back(std::move(value));
        return make_list(tree->place, std::move(items));
      }
      case Tree::Kind::map:
        break;
    }
    std::vector<Tree::Entry> entries;
    for (const Tree::Entry& entry : tree->entries)
      if (TreePtr value = replace(entry.value); !left_out(*entry.value, *value))
        entries.push_back({entry.key, entry.place, std::move(value)});
    return make_map(tree->place, std::move(entries));
  }

 private:
  static bool left_out(const Tree& before, const Tree& after) { return before.is_scalar() && after.is_null(); }

  TreePtr look_up(const Place& place, const std::string& reference) const {
    std::size_t dot = reference.find('.');
    const TreePtr* found = variables_.find(reference.substr(0, dot));
    if (!found) {
      report_(place, fmt::format("there is no parameter '{}'{}", reference.substr(0, dot),
                                 suggestion(reference.substr(0, dot), variables_.names())));
      return make_null(place);
    }
    TreePtr value = *found;
    while (dot != std::string::npos) {
      const std::size_t next = reference.find('.', dot + 1);
      const std::string part = reference.substr(dot + 1, next == std::string::npos ? next : next - dot - 1);
      const TreePtr inner = part_of(*value, part);
      if (!inner) {
        report_(place, fmt::format("'{}' is {} and has no '{}'{}", reference.substr(0, dot), describe(*value), part,
                                   suggestion(part, keys_of(*value))));
        return make_null(place);
      }
      value = inner;
      dot = next;
    }
    return value;
  }

  static TreePtr part_of(const Tree& tree, const std::string& part) {
    if (const Tree::Entry* entry = tree.find(part)) return entry->value;
    std::size_t position = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), position);
    if (error != std::errc() || *end != '\0' || position < 1 || position > tree.items.size()) return nullptr;
    return tree.items[position - 1];
  }

  TreePtr scalar(const Tree& tree) const {
    const std::string& text = tree.text;
    if (text[0] == '$' && text.size() > 1 && text[1] != '$') {
      const bool braces = text[1] == '{';
      const std::size_t first = braces ? 2 : 1, length = name_length(text, first);
      if (length > 0 && first + length + (braces ? 1 : 0) == text.size() && (!braces || text.back() == '}'))
        return look_up(tree.place, text.substr(first, length));
      if (!braces) {
        report_(tree.place, length == 0
                                ? fmt::format("'{}' names no parameter; a leading dollar is written '$$'", text)
                                : fmt::format("'{}' is more than a parameter's name; within a text write ${{{}}}", text,
                                              text.substr(1, length)));
        return make_null(tree.place);
      }
    }
    return within(tree);
  }

  /// A text with ${names} in it.
  TreePtr within(const Tree& tree) const {
    const std::string& text = tree.text;
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
      if (text.compare(i, 2, "$$") == 0 && (i == 0 || text.compare(i + 2, 1, "{") == 0)) {
        result += '$';
        i += 2;
      } else if (text.compare(i, 2, "${") == 0) {
        const std::size_t length = name_length(text, i + 2);
        if (length == 0 || text.compare(i + 2 + length, 1, "}") != 0) {
          report_(tree.place, fmt::format("'{}' has a '${{' that is not followed by a name and '}}'; a dollar before a "
                                          "brace is written '$$'",
                                          text));
          return make_null(tree.place);
        }
        const TreePtr value = look_up(tree.place, text.substr(i + 2, length));
        if (value->is_list() || value->is_map()) {
          report_(tree.place, fmt::format("'{}' is {} and cannot stand within a text", text.substr(i + 2, length),
                                          describe(*value)));
          return make_null(tree.place);
        }
        result += value->text;
        i += length + 3;
      } else {
        result += text[i++];
      }
      if (result.size() > most_text) throw TreeTooLarge(fmt::format("a text longer than {} bytes", most_text));
    }
    // What was put together, or was written with a dollar, is text whatever it looks like; it is never replaced again.
    return make_scalar(tree.place, std::move(result), true);
  }

  const Environment& variables_;
  const Report& report_;
};

}  // namespace

const TreePtr* Environment::find(const std::string& name) const {
  for (auto binding = bindings_.rbegin(); binding != bindings_.rend(); ++binding)
    if (binding->name == name) {
      binding->used = true;
      return &binding->value;
    }
  return outer_ ? outer_->find(name) : nullptr;
}

bool Environment::used(const std::string& name) const {
  return std::any_of(bindings_.begin(), bindings_.end(), [&](const auto& b) { return b.name == name && b.used; });
}

void Environment::use(const std::string& name) const {
  for (const Binding& binding : bindings_)
    if (binding.name == name) binding.used = true;
}

std::vector<std::string> Environment::names() const {
  std::vector<std::string> names = outer_ ? outer_->names() : std::vector<std::string>{};
  for (const Binding& binding : bindings_) names.push_back(binding.name);
  return names;
}

TreePtr substitute(const TreePtr& tree, const Environment& variables, const Report& report) {
  return Substitution(variables, report).replace(tree);
}

}  // namespace harmonium::pipeline
