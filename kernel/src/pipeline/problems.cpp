#include "pipeline/problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace harmonium::pipeline {
namespace {

std::string place_text(const Location& location) {
  if (location.line == 0) return location.file;
  return fmt::format("{}:{}:{}", location.file, location.line, location.column);
}

auto order(const Diagnostic& d) { return std::tie(d.location.file, d.location.line, d.location.column, d.message); }

}  // namespace

std::string Diagnostic::text() const {
  std::string text = place_text(location);
  for (const std::string& part : {path, message})
    if (!part.empty()) text += (text.empty() ? "" : ": ") + part;
  return text;
}

Diagnostic diagnostic(Location location, std::string path, std::string message, Exit status) {
  Diagnostic made;
  made.location = std::move(location);
  made.path = std::move(path);
  made.message = std::move(message);
  made.status = status;
  return made;
}

void Problems::node(const Place& place, const std::string& path, std::string message, const Usage* usage, Exit status,
                    Misfit misfit) {
  if (usage && place.file && *place.file == usage->composite)
    message +=
        fmt::format(" ({} is used by {}, {})", usage->composite, usage->path, place_text(usage->place.location()));
  Diagnostic made = diagnostic(place.location(), "nodes." + path, std::move(message), status);
  made.misfit = misfit;
  add(std::move(made));
}

void Problems::add(Diagnostic diagnostic) {
  // A hostile text can be wrong in as many ways as it has bytes; nobody reads them all.
  constexpr std::size_t most = 10'000;
  if (found_.size() < most) found_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Problems::sorted() const {
  std::vector<Diagnostic> all = found_;
  // Copies of a node find the same thing at the same place: the first is told.
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return order(a) < order(b); });
  all.erase(std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return order(a) == order(b); }),
            all.end());
  return all;
}

}  // namespace harmonium::pipeline
