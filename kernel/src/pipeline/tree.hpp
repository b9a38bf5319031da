#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/graph.hpp"

namespace harmonium::pipeline {

/// A place in a text; many trees share the name of one file.
struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;
  int column = 0;

  Location location() const { return {file ? *file : "", line, column}; }
};

struct Tree;
using TreePtr = std::shared_ptr<const Tree>;

/// A parsed YAML text, with the place of every part. Immutable and shared: aliases and `$names` cost nothing but are
/// counted in full, so that no small text grows into an enormous tree.
struct Tree {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry {
    std::string key;
    Place place;
    TreePtr value;
  };
  static constexpr std::size_t most_nodes = 100'000;
  static constexpr int most_levels = 64;

  Kind kind = Kind::null;
  Place place;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a scalar that is text whatever it looks like
  std::vector<TreePtr> items;
  std::vector<Entry> entries;  ///< in the order of the text
  std::size_t size = 1;        ///< of everything below and itself
  int height = 1;
  bool variables = false;  ///< whether a `$` stands anywhere in it

  bool is_null() const { return kind == Kind::null; }
  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  const Entry* find(std::string_view key) const;
};

/// More than Tree::most_nodes nodes or Tree::most_levels levels.
struct TreeTooLarge : std::runtime_error {
  using runtime_error::runtime_error;
};

TreePtr make_null(Place place);
TreePtr make_scalar(Place place, std::string text, bool quoted);
/// These throw TreeTooLarge.
TreePtr make_list(Place place, std::vector<TreePtr> items);
TreePtr make_map(Place place, std::vector<Tree::Entry> entries);

/// A copy of `map` in which `entry` stands, in the place of one with the same key or at the end.
TreePtr with_entry(const TreePtr& map, Tree::Entry entry);
/// All entries of both, those of `over` winning. Either may be null.
TreePtr merged(const TreePtr& under, const TreePtr& over);

/// For messages: "a map", "a list", "nothing", "'fast'".
std::string describe(const Tree& tree);
/// As YAML flow text on one line.
std::string flow_text(const Tree& tree);

}  // namespace harmonium::pipeline
