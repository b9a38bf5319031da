#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "plugin/registry.hpp"

namespace harmonium {

namespace {

constexpr const char* under = "harmonium/" HARMONIUM_STRINGIFY(HARMONIUM_SDK_MAJOR);

/// The user's data folder by the XDG Base Directory specification; it must be absolute to count.
std::filesystem::path user_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && data[0] == '/')
    return std::filesystem::path(data) / "harmonium/plugins" / HARMONIUM_STRINGIFY(HARMONIUM_SDK_MAJOR);
  if (const char* home = std::getenv("HOME"); home && home[0] == '/')
    return std::filesystem::path(home) / ".local/share/harmonium/plugins" / HARMONIUM_STRINGIFY(HARMONIUM_SDK_MAJOR);
  return {};
}

}  // namespace

std::filesystem::path Registry::system_folder() {
  static const int anchor = 0;
  Dl_info info;
  if (dladdr(&anchor, &info) == 0 || info.dli_fname == nullptr) return {};
  std::error_code error;
  const auto library = std::filesystem::canonical(info.dli_fname, error);
  return error ? std::filesystem::path() : library.parent_path() / under;
}

std::vector<std::filesystem::path> Registry::folders(const std::vector<std::filesystem::path>& extra) {
  std::vector<std::filesystem::path> all = extra;
  if (const char* listed = std::getenv("HARMONIUM_PLUGIN_PATH")) {
    // An empty entry would mean the current directory to many programs; here it means nothing.
    std::istringstream entries(listed);
    for (std::string entry; std::getline(entries, entry, ':');)
      if (!entry.empty()) all.emplace_back(entry);
  }
  std::error_code error;
  for (const auto& folder : {user_folder(), system_folder()})
    if (!folder.empty() && std::filesystem::is_directory(folder, error)) all.push_back(folder);
  return all;
}

}  // namespace harmonium
