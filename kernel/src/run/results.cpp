#include "run/results.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <ctime>
#include <system_error>

#include "report/text_table.hpp"
#include "run/durable.hpp"
#include "run/hash.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;

/// A file system takes 255 bytes; endings need some.
constexpr std::size_t longest_name = 200;

std::string safe(const std::string& name) {
  std::string result = name;
  for (char& letter : result)
    if (letter == '/' || letter == '\\' || static_cast<unsigned char>(letter) < ' ') letter = '_';
  if (!result.empty() && result.front() == '.') result.front() = '_';
  if (result.size() > longest_name) result = result.substr(0, longest_name) + "~" + hash128(name).substr(0, 8);
  return result;
}

void point_to_latest(const fs::path& folder) {
  const fs::path link = folder.parent_path() / "latest";
  const fs::path draft = folder.parent_path() / fmt::format(".latest.{}", ::getpid());
  std::error_code error;
  fs::create_directory_symlink(folder.filename(), draft, error);
  // Somebody's own folder of that name stays; the link is a convenience.
  if (!error) fs::rename(draft, link, error);
  if (error) fs::remove(draft, error);
}

}  // namespace

Results::Results(const fs::path& asked, const std::string& pipeline) {
  if (!asked.empty()) {
    folder_ = fs::absolute(asked);
    make_folders(folder_);
    return;
  }
  const fs::path parent = fs::absolute(fs::path("runs")) / safe(pipeline);
  make_folders(parent);
  const std::string time = fmt::format("{:%Y-%m-%dT%H-%M-%S}", fmt::localtime(std::time(nullptr)));
  for (int attempt = 1;; ++attempt) {
    folder_ = parent / (attempt == 1 ? time : fmt::format("{}-{}", time, attempt));
    std::error_code error;
    if (fs::create_directory(folder_, error)) break;
    if (error) io_failed("create the folder", folder_, error.value());
  }
  point_to_latest(folder_);
}

fs::path Results::write(const std::string& name, const std::string& extension, std::string_view bytes) {
  std::string file_name = fmt::format("{}.{}", safe(name), safe(extension));
  // Two names that differ in letters that files cannot have.
  if (!names_.insert(file_name).second)
    file_name = fmt::format("{}~{}.{}", safe(name), hash128(name).substr(0, 8), safe(extension));
  return text(file_name, bytes);
}

fs::path Results::text(const std::string& file_name, std::string_view bytes) {
  demand_folder();
  const fs::path path = folder_ / file_name;
  replace_file(path, bytes);
  files_.push_back(path);
  return path;
}

void Results::manifest(std::string_view text) const {
  demand_folder();
  replace_file(folder_ / "manifest.json", text);
}

void Results::demand_folder() const {
  if (std::error_code ignored; !fs::is_directory(folder_, ignored))
    throw RunFailed(
        fmt::format("the run's folder {} was deleted while it ran; what had finished is in the store, from "
                    "which the next run takes it",
                    folder_.string()));
}

fs::path Results::file(const std::string& name, const File& file) {
  const auto bytes = static_cast<std::size_t>(file.bytes.bytes());
  return write(name, file.extension, {static_cast<const char*>(file.bytes.raw()), bytes});
}

fs::path Results::table(const std::string& name, const Table& table) { return write(name, "csv", csv_of(table)); }

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted.append(letter == '"' ? 2 : 1, letter);
  return quoted + '"';
}

std::string csv_of(const Table& table) {
  std::string text;
  const bool labelled = !table.rows_are.empty();
  if (labelled) text += csv_field(table.rows_are);
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool has_unit = i < table.units.size() && !table.units[i].empty();
    if (labelled || i > 0) text += ',';
    text += csv_field(has_unit ? fmt::format("{} ({})", table.columns[i], table.units[i]) : table.columns[i]);
  }
  const bool judged = report::has_verdicts(table);
  text += judged ? ",verdict\n" : "\n";
  for (const Table::Row& row : table.rows) {
    if (labelled) text += csv_field(row.label);
    for (std::size_t i = 0; i < row.values.size(); ++i)
      text += fmt::format("{}{}", labelled || i > 0 ? "," : "", row.values[i]);
    if (judged) text += "," + csv_field(row.verdict);
    text += "\n";
  }
  return text;
}

}  // namespace harmonium::run
