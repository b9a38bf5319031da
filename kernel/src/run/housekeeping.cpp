#include "run/housekeeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harmonium/errors.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// The nodes that the last run of each pipeline file reached, by key.
std::map<std::string, std::vector<std::string>> users_of_keys(const Store& store) {
  std::map<std::string, std::vector<std::string>> users;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(store.root() / "last", error)) {
    const json last = json::parse(read_text(file.path()), nullptr, false);
    if (!last.is_object()) continue;
    const json pipeline = last.value("pipeline", json()), nodes = last.value("nodes", json());
    if (std::error_code missing; !pipeline.is_string() || !fs::exists(pipeline.get<std::string>(), missing)) continue;
    for (const auto& [node, record] : nodes.items())
      if (const json key = record.is_object() ? record.value("key", json()) : json(); key.is_string())
        users[key.get<std::string>()].push_back(fmt::format("{}: {}", pipeline.get<std::string>(), node));
  }
  return users;
}

void look_at(const fs::path& folder, bool finished, std::vector<Kept>& all) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return;
  Kept kept;
  kept.key = folder.filename().string();
  kept.finished = finished;
  kept.folder = folder;
  kept.used = fs::last_write_time(folder, error);
  for (const auto& file : fs::directory_iterator(folder, error))
    if (std::error_code gone; file.is_regular_file(gone))
      if (const std::uint64_t bytes = file.file_size(gone); !gone) kept.bytes += bytes;
  const json recipe = json::parse(read_text(folder / "recipe.json"), nullptr, false);
  // Pruned or replaced while it was looked at.
  if (!fs::is_directory(folder, error)) return;
  if (recipe.is_object()) {
    kept.type = recipe.value("recipe", json::object()).value("type", "?");
    kept.made = recipe.value("created", "");
    kept.seconds = recipe.value("seconds", 0.0);
  } else {
    kept.type = "damaged";
  }
  all.push_back(std::move(kept));
}

}  // namespace

std::vector<Kept> kept_in(const Store& store) {
  std::vector<Kept> all;
  std::error_code error;
  for (const auto& letters : fs::directory_iterator(store.root() / "entries", error)) {
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator(letters.path(), gone)) look_at(entry.path(), true, all);
  }
  for (const auto& partial : fs::directory_iterator(store.root() / "partial", error))
    look_at(partial.path(), false, all);
  const auto users = users_of_keys(store);
  for (Kept& kept : all)
    if (const auto found = users.find(kept.key); found != users.end()) kept.users = found->second;
  std::sort(all.begin(), all.end(),
            [](const Kept& a, const Kept& b) { return std::pair(b.used, b.key) < std::pair(a.used, a.key); });
  return all;
}

std::vector<Kept> prunable(const std::vector<Kept>& kept, const Pruning& pruning) {
  std::vector<Kept> going;
  const auto now = fs::file_time_type::clock::now();
  std::uint64_t left = 0;
  bool full = false;
  for (const Kept& each : kept) {
    const bool goes =
        (pruning.unused && each.users.empty()) || (pruning.older.count() > 0 && now - each.used > pruning.older);
    // Of those that stay otherwise the last used ones, as long as there is room.
    full = full || (!goes && left + each.bytes > pruning.most);
    if (goes || full)
      going.push_back(each);
    else
      left += each.bytes;
  }
  return going;
}

std::vector<Kept> prune(const Store& store, const std::vector<Kept>& states) {
  store.clean();
  std::vector<Kept> gone;
  for (const Kept& kept : states) {
    const std::unique_ptr<KeyLock> lock = KeyLock::if_free(store, kept.key);
    if (!lock) continue;
    // Out of the way at once, so that nobody finds half of it.
    const std::unique_ptr<NewState> grave = store.begin();
    std::error_code error;
    fs::rename(kept.folder, grave->folder() / "deleted", error);
    if (error == std::errc::no_such_file_or_directory) continue;
    if (error) io_failed("delete", kept.folder, error.value());
    gone.push_back(kept);
  }
  std::error_code none;
  for (const auto& family : fs::directory_iterator(store.root() / "families", none)) {
    const std::unique_ptr<KeyLock> lock =
        KeyLock::if_free(store, Store::family_lock(family.path().filename().string()));
    if (!lock) continue;
    std::error_code ignored;
    for (const auto& member : fs::directory_iterator(family.path(), ignored)) {
      const std::string key = member.path().filename().string();
      if (!fs::exists(store.entry_folder(key)) && !fs::exists(store.checkpoint_folder(key)))
        fs::remove(member.path(), ignored);
    }
    if (fs::is_empty(family.path(), ignored)) fs::remove(family.path(), ignored);
  }
  return gone;
}

}  // namespace harmonium::run
