#include "run/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "harmonium/errors.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;

constexpr auto lock_poll = std::chrono::milliseconds(50);

std::unique_ptr<StoredState> open(const fs::path& folder, const std::string& key, std::string* problem, bool content) {
  for (std::optional<ino_t> last;;) {
    struct stat folder_now {};
    if (::stat(folder.c_str(), &folder_now) != 0) return nullptr;
    try {
      return std::make_unique<StoredState>(folder, key, content);
    } catch (const BadData& error) {
      // A state that was pruned or replaced while it was read is no damaged one: then another folder is there, or none.
      if (last == folder_now.st_ino) {
        if (problem) *problem = error.what();
        return nullptr;
      }
      last = folder_now.st_ino;
    }
  }
}

/// Parameters that extend a run, none above and one below those asked for.
bool is_shorter(const Store::Extent& extent, const Store::Extent& asked) {
  bool below = false;
  for (const auto& [name, value] : asked) {
    const auto found = extent.find(name);
    if (found == extent.end() || found->second > value) return false;
    below = below || found->second < value;
  }
  return below && extent.size() == asked.size();
}

bool alive(const std::string& folder) {
  pid_t process = 0;
  const auto [end, error] = std::from_chars(folder.data(), folder.data() + folder.size(), process);
  return error == std::errc() && process > 0 && (::kill(process, 0) == 0 || errno != ESRCH);
}

}  // namespace

fs::path Store::place(const fs::path& asked) {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return fs::path(value ? value : "");
  };
  if (!asked.empty()) return fs::absolute(asked);
  if (const fs::path named = variable("HARMONIUM_STORE"); !named.empty()) return fs::absolute(named);
  // The XDG specification ignores relative paths.
  if (const fs::path cache = variable("XDG_CACHE_HOME"); cache.is_absolute()) return cache / "harmonium" / "store";
  if (const fs::path home = variable("HOME"); home.is_absolute()) return home / ".cache" / "harmonium" / "store";
  throw Error(Exit::usage, "there is no home folder to keep results in: name a folder with --store or HARMONIUM_STORE");
}

Store::Store(fs::path root) : root_(std::move(root)) {}

fs::path Store::entry_folder(const std::string& key) const { return root_ / "entries" / key.substr(0, 2) / key; }
fs::path Store::checkpoint_folder(const std::string& key) const { return root_ / "partial" / key; }

std::unique_ptr<StoredState> Store::entry(const std::string& key, std::string* problem, bool content) const {
  auto state = open(entry_folder(key), key, problem, content);
  // What is pruned first is what was not used for long. A store that cannot be written is not pruned.
  if (state && content) ::utimensat(AT_FDCWD, entry_folder(key).c_str(), nullptr, 0);
  return state;
}
std::unique_ptr<StoredState> Store::checkpoint(const std::string& key, std::string* problem, bool content) const {
  return open(checkpoint_folder(key), key, problem, content);
}

void Store::forget_checkpoint(const std::string& key) const {
  std::error_code ignored;
  fs::remove_all(checkpoint_folder(key), ignored);
}

std::string Store::family_lock(const std::string& family) { return family + ".family"; }

std::unique_ptr<NewState> Store::begin() const {
  static std::atomic<unsigned> number = 0;
  return std::make_unique<NewState>(root_ / "tmp" / fmt::format("{}-{}", ::getpid(), number++));
}

void Store::clean() const {
  std::error_code error;
  for (const auto& leftover : fs::directory_iterator(root_ / "tmp", error)) {
    if (alive(leftover.path().filename().string())) continue;
    // In another container's numbering a process may live although its number is unknown here.
    const Descriptor folder(::open(leftover.path().c_str(), O_RDONLY | O_CLOEXEC));
    if (!folder || ::flock(folder.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;
    fs::remove_all(leftover.path(), ignored);
  }
}

void Store::remember_family(const std::string& family, const std::string& key, const Extent& extent) const {
  const fs::path folder = root_ / "families" / family;
  // Who prunes meanwhile would delete the folder, which is empty before its first member is in it.
  const KeyLock lock(
      *this, family_lock(family), [] {}, nullptr);
  make_folders(folder);
  replace_file(folder / key, nlohmann::json(extent).dump());
}

std::optional<Store::Shorter> Store::shorter(const std::string& family, const Extent& asked, bool content) const {
  std::vector<std::pair<Extent, std::string>> members;
  std::error_code error;
  for (const auto& file : fs::directory_iterator(root_ / "families" / family, error)) {
    const nlohmann::json extent = nlohmann::json::parse(read_text(file.path()), nullptr, false);
    if (!extent.is_object()) continue;
    Extent values;
    for (const auto& [name, value] : extent.items())
      if (value.is_number()) values[name] = value.get<double>();
    if (is_shorter(values, asked)) members.emplace_back(std::move(values), file.path().filename().string());
  }
  std::sort(members.begin(), members.end(), std::greater<>());
  for (const auto& [extent, key] : members) {
    auto state = entry(key, nullptr, content);
    if (!state) state = checkpoint(key, nullptr, content);
    if (!state) continue;
    std::string values;
    for (const auto& [name, value] : extent) values += fmt::format("{}{}: {}", values.empty() ? "" : ", ", name, value);
    return Shorter{std::move(state), fmt::format("the shorter run ({})", values)};
  }
  return std::nullopt;
}

KeyLock::KeyLock(const Store& store, const std::string& key) : path_(store.root() / "locks" / key) {
  make_folders(path_.parent_path());
}

KeyLock::KeyLock(const Store& store, const std::string& key, const std::function<void()>& waits,
                 const std::atomic<bool>* stop)
    : KeyLock(store, key) {
  for (bool told = false; !take(); told = true) {
    if (!told) waits();
    if (stop && stop->load()) throw Error(Exit::interrupted, "interrupted");
    std::this_thread::sleep_for(lock_poll);
  }
}

std::unique_ptr<KeyLock> KeyLock::if_free(const Store& store, const std::string& key) {
  std::unique_ptr<KeyLock> lock(new KeyLock(store, key));
  if (!lock->take()) lock.reset();
  return lock;
}

bool KeyLock::take() {
  while (true) {
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
    if (!file_) io_failed("create", path_, errno);
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) {
      // Who had the lock before deletes its file: only a lock on the file that is still there counts.
      struct stat held {
      }, there{};
      if (::fstat(file_.get(), &held) == 0 && ::stat(path_.c_str(), &there) == 0 && held.st_ino == there.st_ino)
        return true;
      continue;
    }
    if (errno != EWOULDBLOCK && errno != EINTR) io_failed("lock", path_, errno);
    file_ = Descriptor();
    return false;
  }
}

KeyLock::~KeyLock() {
  if (file_) ::unlink(path_.c_str());
}

}  // namespace harmonium::run
