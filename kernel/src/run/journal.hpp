#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "run/durable.hpp"

namespace harmonium::run {

/// What happened in a run: one JSON object a line, complete whenever the run may be cut off. Every event has `event`
/// and `seconds` since the run began.
class Journal {
 public:
  enum class Begin { anew, where_it_was_cut_off };
  /// Throws RunFailed where the file cannot be created, or another process is writing to it. Where it goes on, what it
  /// says of nodes that did not finish goes, and all from the first one on that is `made_again`, since they will say it
  /// again. Each line is written to `copy` as well, where there is one.
  explicit Journal(const std::filesystem::path& file, std::FILE* copy = nullptr, Begin begin = Begin::anew,
                   const std::set<std::string>& made_again = {});
  void write(const std::string& event, const nlohmann::ordered_json& fields);
  const std::filesystem::path& file() const { return path_; }
  /// How long a node took that has finished in the part that was there already.
  std::optional<double> took(const std::string& node) const;
  /// Why lines are missing; empty where none are.
  const std::string& problem() const { return problem_; }
  /// Whether a process is writing to that journal.
  static bool is_written(const std::filesystem::path& file);

 private:
  void go_on(const std::set<std::string>& made_again);
  std::filesystem::path path_;
  Descriptor file_;
  std::FILE* copy_;
  double began_;
  std::map<std::string, double> took_;
  std::string problem_;
};

}  // namespace harmonium::run
