#include "run/runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "harmonium/errors.hpp"
#include "run/journal.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* journal_name = "journal.jsonl";

/// Tells one event; returns the status where it is the last.
std::string tell(const json& event, report::Observer& observer) {
  const std::string what = event.value("event", ""), node = event.value("node", "");
  if (what == "node started") {
    observer.node_started(node, event.value("number", std::size_t{0}), event.value("of", std::size_t{0}));
  } else if (what == "progress") {
    const std::string step = event.value("step", "");
    observer.progress(event.value("done", 0.0), event.value("total", 0.0), event.value("unit", ""),
                      {event.value("steps", 0.0), step});
  } else if (what == "metric") {
    // Of what is not finite there is a text.
    if (event.at("value").is_number())
      observer.metric(event.value("name", ""), event.value("value", 0.0), event.value("unit", ""));
  } else if (what == "node finished") {
    observer.node_finished(node, false, event.value("took", 0.0));
  } else if (what == "node from store") {
    observer.node_finished(node, true, 0);
  } else if (what == "warning") {
    observer.warned(node + ": " + event.value("text", ""));
  } else if (what == "run finished") {
    if (event.contains("error")) observer.warned(event.value("error", ""));
    return event.value("status", "finished");
  }
  return "";
}

}  // namespace

std::vector<Manifest> runs_in(const fs::path& folder) {
  std::vector<Manifest> runs;
  constexpr int deepest = 4;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
  for (; !error && at != end; at.increment(error)) {
    if (at.depth() >= deepest) at.disable_recursion_pending();
    if (at->path().filename() != "manifest.json") continue;
    try {
      runs.push_back(Manifest::read(at->path()));
    } catch (const BadData&) {
      // Another program's.
    }
  }
  std::sort(runs.begin(), runs.end(), [](const Manifest& a, const Manifest& b) {
    return std::pair(a.all.value("time", ""), a.folder) < std::pair(b.all.value("time", ""), b.folder);
  });
  return runs;
}

std::string status_of(const Manifest& run) {
  const std::string status = run.all.at("status").get<std::string>();
  if (status != "running") return status;
  return Journal::is_written(run.folder / journal_name) ? status : "killed";
}

std::string follow(const fs::path& run, report::Observer& observer, double& clock, const std::function<bool()>& stop,
                   const std::function<void()>& idle) {
  std::error_code ignored;
  const fs::path path = (fs::is_directory(run, ignored) ? run : run.parent_path()) / journal_name;
  std::ifstream file(path);
  if (!file) throw BadData(fmt::format("{} is no run: {} cannot be read", run.string(), path.string()));
  std::string line;
  while (!stop()) {
    const bool goes_on = Journal::is_written(path);
    for (std::string more; std::getline(file, more);) {
      line += more;
      // The end of the file, in the middle of a line perhaps.
      if (file.eof()) break;
      try {
        const json event = json::parse(std::exchange(line, ""));
        clock = event.value("seconds", clock);
        if (const std::string status = tell(event, observer); !status.empty()) return status;
      } catch (const json::exception&) {
        // Not a line that a run writes.
      }
    }
    // What was written before nobody wrote any more has been read.
    if (!goes_on) return "killed";
    file.clear();
    idle();
  }
  return "running";
}

}  // namespace harmonium::run
