#pragma once

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace harmonium::run {

/// What happened in a run: one JSON object a line, complete whenever the run may be cut off. Every event has `event`
/// and `seconds` since the run began.
class Journal {
 public:
  /// Throws RunFailed where the file cannot be created.
  explicit Journal(const std::filesystem::path& file);
  void write(const std::string& event, const nlohmann::ordered_json& fields);
  const std::filesystem::path& file() const { return path_; }

 private:
  std::filesystem::path path_;
  std::ofstream file_;
  double began_;
};

}  // namespace harmonium::run
