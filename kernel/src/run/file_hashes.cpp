#include "run/file_hashes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <nlohmann/json.hpp>
#include <vector>

#include "harmonium/errors.hpp"
#include "run/durable.hpp"
#include "run/hash.hpp"

namespace harmonium::run {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A file changed as lately as this may change again within the same tick of the file system's clock.
constexpr std::time_t settled_after_seconds = 2;

[[noreturn]] void unreadable(const fs::path& path, int error) {
  throw BadData(fmt::format("cannot read {}: {}", path.string(), std::strerror(error)));
}

}  // namespace

FileHashes::FileHashes(fs::path store) : store_(std::move(store)) {}

std::string FileHashes::of(const fs::path& path) {
  if (const auto known = known_.find(path); known != known_.end()) return known->second;
  std::error_code error;
  if (!fs::is_directory(path, error)) return known_[path] = of_file(path);
  std::vector<fs::path> files;
  for (const auto& file : fs::directory_iterator(path, error))
    if (file.is_regular_file()) files.push_back(file.path());
  if (error) unreadable(path, error.value());
  std::sort(files.begin(), files.end());
  json contents = json::array();
  for (const fs::path& file : files) contents.push_back({file.filename().string(), of_file(file)});
  return known_[path] = hash128(contents.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string FileHashes::of_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) unreadable(path, errno);
  const std::string name = fs::absolute(path).string();
  json memory = {{"path", name},
                 {"size", status.st_size},
                 {"seconds", status.st_mtim.tv_sec},
                 {"nanoseconds", status.st_mtim.tv_nsec},
                 {"inode", status.st_ino}};
  const fs::path place = store_ / "files" / (hash128(name) + ".json");
  json remembered = json::parse(read_text(place), nullptr, false);
  if (remembered.is_object() && remembered.contains("content") && remembered["content"].is_string()) {
    const std::string content = remembered["content"];
    remembered.erase("content");
    if (remembered == memory) return content;
  }
  RunningHash hash;
  std::vector<char> block(std::size_t{1} << 20);
  while (true) {
    const ssize_t got = ::read(file.get(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) unreadable(path, errno);
    if (got == 0) break;
    hash.add(block.data(), static_cast<std::size_t>(got));
  }
  const std::string content = hash.digest128();
  if (std::time(nullptr) - status.st_mtim.tv_sec >= settled_after_seconds) {
    memory["content"] = content;
    try {
      make_folders(place.parent_path());
      replace_file(place, memory.dump(-1, ' ', false, json::error_handler_t::replace));
    } catch (const RunFailed&) {
      // A store that cannot be written may still be read; hashing again is all that is lost.
    }
  }
  return content;
}

}  // namespace harmonium::run
