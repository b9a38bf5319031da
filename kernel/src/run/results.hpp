#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/file.hpp"
#include "harmonium/table.hpp"

namespace harmonium::run {

/// A text as a field of CSV, in quotes where it needs them. RFC 4180.
HARMONIUM_API std::string csv_field(const std::string& text);
/// A table as CSV: a line of the columns' names, with their units, then a line for each row.
HARMONIUM_API std::string csv_of(const Table& table);

/// The folder of a run. Every function throws RunFailed with path and reason where it cannot write.
class Results {
 public:
  /// `asked`, or runs/<pipeline>/<time>, of which runs/<pipeline>/latest is made a link.
  Results(const std::filesystem::path& asked, const std::string& pipeline);
  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<std::filesystem::path>& files() const { return files_; }

  /// Writes name.extension.
  std::filesystem::path file(const std::string& name, const File& file);
  /// Writes name.csv.
  std::filesystem::path table(const std::string& name, const Table& table);
  std::filesystem::path text(const std::string& file_name, std::string_view text);
  /// Replaces manifest.json, at once.
  void manifest(std::string_view text) const;
  void remember(const std::filesystem::path& file) { files_.push_back(file); }

 private:
  std::filesystem::path write(const std::string& name, const std::string& extension, std::string_view bytes);
  /// Throws RunFailed where somebody has deleted the folder.
  void demand_folder() const;
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> files_;
  std::set<std::string> names_;
};

}  // namespace harmonium::run
