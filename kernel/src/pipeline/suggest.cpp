#include "pipeline/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace harmonium::pipeline {
namespace {

/// Optimal string alignment distance (Damerau 1964, Levenshtein 1966).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = above;
    std::swap(above, row);
  }
  return above[b.size()];
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

const std::string* nearest(std::string_view unknown, const std::vector<std::string>& known) {
  constexpr std::size_t longest = 200;
  if (unknown.size() > longest) return nullptr;
  const std::string wanted = lower(unknown);
  std::size_t best = std::max<std::size_t>(1, wanted.size() / 3) + 1;
  const std::string* found = nullptr;
  for (const std::string& name : known) {
    if (name.size() > longest) continue;
    const std::string candidate = lower(name);
    std::size_t apart = distance(wanted, candidate);
    if (const auto dot = candidate.rfind('.'); dot != std::string::npos && candidate.substr(dot + 1) == wanted)
      apart = 0;
    if (apart < best) {
      best = apart;
      found = &name;
    }
  }
  return found;
}

std::string suggestion(std::string_view unknown, const std::vector<std::string>& known) {
  if (known.empty()) return "";
  const std::string* near = nearest(unknown, known);
  return near ? fmt::format("; did you mean '{}'?", *near) : "; there are: " + listed(known);
}

std::string unknown_key(const Tree::Entry& entry, const std::vector<std::string>& known) {
  if (entry.value->is_null() && entry.key.find(' ') != std::string::npos)
    return "unknown key; within {...} a text with a comma must be quoted";
  return "unknown key" + suggestion(entry.key, known);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t most = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i ? ", " : "") + names[i];
  if (names.size() > most) text += fmt::format(" and {} more", names.size() - most);
  return text;
}

std::string with_article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeioAEIO").find(noun[0]) != std::string_view::npos;
  return fmt::format("{} {}", vowel || noun.starts_with("up") ? "an" : "a", noun);
}

}  // namespace harmonium::pipeline
