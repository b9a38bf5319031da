#include "pipeline/text.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <unordered_map>

#include "pipeline/problems.hpp"

namespace harmonium::pipeline {
namespace {

/// A text that is given up.
struct Refused {
  Place place;
  std::string message;
};

std::string too_deep() { return fmt::format("more than {} levels", Tree::most_levels); }

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> file, std::vector<Diagnostic>& problems)
      : file_(std::move(file)), problems_(problems) {}

  TreePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_) throw Refused{place(mark), "a second document starts here; a text holds one"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(anchor, make_null(place(mark))); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    leaf(anchor, make_scalar(place(mark), value, tag == "!"));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) throw Refused{place(mark), "an alias may not stand inside what it names"};
    const TreePtr tree = known->second;
    if (static_cast<int>(open_.size()) + tree->height > Tree::most_levels) throw Refused{place(mark), too_deep()};
    count(mark, tree->size);
    add(place(mark), tree);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, false);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, true);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Place place;
    YAML::anchor_t anchor;
    bool map;
    std::vector<TreePtr> items;
    std::vector<Tree::Entry> entries;
    bool key_read = false;  ///< the last entry waits for its value
    std::unordered_map<std::string, int> lines;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      problems_.push_back(diagnostic(place(mark).location(), "", "tags are not allowed here"));
  }

  void count(const YAML::Mark& mark, std::size_t nodes) {
    nodes_ += nodes;
    if (nodes_ > Tree::most_nodes)
      throw Refused{place(mark), fmt::format("more than {} values, aliases written out", Tree::most_nodes)};
  }

  void leaf(YAML::anchor_t anchor, const TreePtr& tree) {
    if (++nodes_ > Tree::most_nodes)
      throw Refused{tree->place, fmt::format("more than {} values, aliases written out", Tree::most_nodes)};
    if (anchor) anchors_[anchor] = tree;
    add(tree->place, tree);
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, bool map) {
    check_tag(mark, tag);
    count(mark, 1);
    // Also keeps the parser, which is recursive, from filling the stack.
    if (static_cast<int>(open_.size()) >= Tree::most_levels) throw Refused{place(mark), too_deep()};
    if (!open_.empty() && open_.back().map && !open_.back().key_read)
      throw Refused{place(mark), "a key must be plain text"};
    open_.push_back({place(mark), anchor, map, {}, {}, false, {}});
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    const TreePtr tree =
        done.map ? make_map(done.place, std::move(done.entries)) : make_list(done.place, std::move(done.items));
    if (done.anchor) anchors_[done.anchor] = tree;
    add(done.place, tree);
  }

  void add(const Place& where, const TreePtr& tree) {
    if (open_.empty()) {
      root_ = tree;
    } else if (Open& owner = open_.back(); !owner.map) {
      owner.items.push_back(tree);
    } else if (owner.key_read) {
      owner.entries.back().value = tree;
      owner.key_read = false;
    } else {
      add_key(owner, where, *tree);
    }
  }

  void add_key(Open& owner, const Place& where, const Tree& key) {
    if (!key.is_scalar()) throw Refused{where, "a key must be plain text"};
    if (key.text == "<<" && !key.quoted)
      problems_.push_back(diagnostic(where.location(), "", "merge keys '<<' are not supported; repeat the entries"));
    const auto [before, fresh] = owner.lines.emplace(key.text, where.line);
    if (!fresh)
      problems_.push_back(diagnostic(
          where.location(), "", fmt::format("the key '{}' stands twice, first on line {}", key.text, before->second)));
    owner.entries.push_back({key.text, where, nullptr});
    owner.key_read = true;
  }

  std::shared_ptr<const std::string> file_;
  std::vector<Diagnostic>& problems_;
  TreePtr root_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, TreePtr> anchors_;
  std::size_t nodes_ = 0;
};

/// Length of the UTF-8 sequence that starts at `at`, or 0 where there is none.
std::size_t sequence_length(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xc2 && first <= 0xdf ? 2
                             : (first & 0xf0) == 0xe0         ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates and what lies beyond Unicode.
  if ((first == 0xe0 && byte(at + 1) < 0xa0) || (first == 0xed && byte(at + 1) > 0x9f)) return 0;
  if ((first == 0xf0 && byte(at + 1) < 0x90) || (first == 0xf4 && byte(at + 1) > 0x8f)) return 0;
  return length;
}

/// Refuses what yaml-cpp would misread or hold in memory needlessly: it takes the byte 4 for the end of the text,
/// guesses at encodings, and keeps every opening bracket until the first of them is closed.
void look_over(const std::string& text, const std::shared_ptr<const std::string>& file) {
  constexpr int most_open = 1000;
  Place place{file, 1, 1};
  int brackets = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = sequence_length(text, i);
    if (length == 0) throw Refused{place, "this is not UTF-8 text"};
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f)
      throw Refused{place, fmt::format("a control character (byte {}) is not text", byte)};
    if (byte == '[' || byte == '{') ++brackets;
    if ((byte == ']' || byte == '}') && brackets > 0) --brackets;
    if (brackets > most_open) throw Refused{place, too_deep()};
    i += length;
    ++place.column;
    if (byte == '\n') {
      ++place.line;
      place.column = 1;
    }
  }
}

TreePtr without_lines(const Tree& tree) {
  const Place place{tree.place.file, 0, 0};
  if (tree.is_null()) return make_null(place);
  if (tree.is_scalar()) return make_scalar(place, tree.text, tree.quoted);
  if (tree.is_list()) {
    std::vector<TreePtr> items;
    for (const TreePtr& item : tree.items) items.push_back(without_lines(*item));
    return make_list(place, std::move(items));
  }
  std::vector<Tree::Entry> entries;
  for (const Tree::Entry& entry : tree.entries) entries.push_back({entry.key, place, without_lines(*entry.value)});
  return make_map(place, std::move(entries));
}

std::string too_long() { return fmt::format("longer than {} MiB; a pipeline is a small text", most_bytes >> 20); }

}  // namespace

Parsed parse(const std::string& text, const std::string& name) {
  Parsed parsed;
  if (text.size() > most_bytes) {
    parsed.problems.push_back(diagnostic({name, 0, 0}, "", too_long()));
    return parsed;
  }
  const auto file = std::make_shared<const std::string>(name);
  Builder builder(file, parsed.problems);
  try {
    look_over(text, file);
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    // The second call only looks whether another document begins: the builder then refuses.
    if (parser.HandleNextDocument(builder)) parser.HandleNextDocument(builder);
  } catch (const Refused& refused) {
    parsed.problems.push_back(diagnostic(refused.place.location(), "", refused.message));
  } catch (const TreeTooLarge& large) {
    parsed.problems.push_back(diagnostic({name, 0, 0}, "", large.what()));
  } catch (const YAML::ParserException& bad) {
    parsed.problems.push_back(diagnostic({name, bad.mark.line + 1, bad.mark.column + 1}, "", "not YAML: " + bad.msg));
  } catch (const YAML::Exception& bad) {
    parsed.problems.push_back(diagnostic({name, 0, 0}, "", std::string("not YAML: ") + bad.what()));
  }
  if (parsed.problems.empty()) parsed.root = builder.root();
  return parsed;
}

Parsed parse_argument(const std::string& text, const std::string& name) {
  Parsed parsed = parse(text, name);
  if (!parsed.problems.empty()) {
    parsed.problems.resize(1);
    parsed.problems.front().location = {name, 0, 0};
    return parsed;
  }
  parsed.root =
      parsed.root ? without_lines(*parsed.root) : make_null({std::make_shared<const std::string>(name), 0, 0});
  return parsed;
}

std::optional<std::string> read_text(const std::filesystem::path& file, std::vector<Diagnostic>& problems) {
  const auto refuse = [&](const std::string& message) {
    problems.push_back(diagnostic({file.string(), 0, 0}, "", message));
    return std::nullopt;
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) return refuse("this is a folder, a pipeline file is expected");
  if (std::filesystem::is_regular_file(file, error) && std::filesystem::file_size(file, error) > most_bytes && !error)
    return refuse(too_long());
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return refuse(fmt::format("cannot be read: {}", std::generic_category().message(errno ? errno : ENOENT)));
  std::string text(most_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) return refuse("cannot be read to its end");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > most_bytes) return refuse(too_long());
  return text;
}

}  // namespace harmonium::pipeline
