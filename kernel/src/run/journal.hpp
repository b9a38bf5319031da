#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "run/durable.hpp"

namespace harmonium::run {

/// What happened in a run: one JSON object a line, complete whenever the run may be cut off. Every event has `event`
/// and `seconds` since the run began.
class Journal {
 public:
  /// Throws RunFailed where the file cannot be created, or another process is writing to it.
  /// Each line is written to `copy` as well, where there is one.
  explicit Journal(const std::filesystem::path& file, std::FILE* copy = nullptr);
  void write(const std::string& event, const nlohmann::ordered_json& fields);
  const std::filesystem::path& file() const { return path_; }
  /// Whether a process is writing to that journal.
  static bool is_written(const std::filesystem::path& file);

 private:
  std::filesystem::path path_;
  Descriptor lock_;
  std::ofstream file_;
  std::FILE* copy_;
  double began_;
};

}  // namespace harmonium::run
