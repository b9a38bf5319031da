#include "plugin/registry.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>

#include "harmonium/errors.hpp"
#include "plugin/declaration.hpp"
#include "plugin/library.hpp"

namespace harmonium {

namespace {

namespace fs = std::filesystem;

std::string hash_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return "";
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> block(1 << 18);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)
    XXH3_128bits_update(state.get(), block.data(), static_cast<std::size_t>(in.gcount()));
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

/// The libraries in a folder, in the order of their names so that the first to take a name is always the same.
std::vector<fs::path> libraries_in(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

const std::string& Registry::Plugin::build() const {
  // Several runs may ask at the same time.
  static std::mutex asking;
  const std::lock_guard lock(asking);
  if (!build_) build_ = hash_of(file);
  return *build_;
}

Registry& Registry::instance() {
  // Never destroyed: the types hold functions of libraries, whose own statics may be gone by then.
  static Registry& only = *new Registry;
  return only;
}

void Registry::load(const std::vector<fs::path>& folders) {
  const auto refuse = [this](const fs::path& path, const std::string& reason) {
    const bool known = std::any_of(plugins_.begin(), plugins_.end(), [&](const Plugin& p) { return p.file == path; });
    if (known) return;
    plugins_.emplace_back();
    plugins_.back().file = path;
    plugins_.back().problem = reason;
  };
  for (const fs::path& path : folders) {
    if (!path.is_absolute()) {
      refuse(path, "a relative path is not searched for plugins: write it in full");
      continue;
    }
    try {
      if (fs::is_regular_file(path)) {
        load_library(path);
      } else if (fs::is_directory(path)) {
        for (const fs::path& file : libraries_in(path)) load_library(file);
      } else {
        refuse(path, "there is no such folder or library");
      }
    } catch (const fs::filesystem_error& error) {
      refuse(path, fmt::format("it cannot be read: {}", error.code().message()));
    }
  }
}

void Registry::load_library(const fs::path& path) {
  std::error_code error;
  const fs::path resolved = fs::canonical(path, error);
  const fs::path file = error ? path : resolved;
  if (std::any_of(plugins_.begin(), plugins_.end(), [&](const Plugin& p) { return p.file == file; })) return;
  Plugin plugin;
  plugin.file = file;
  plugin.shipped = path.parent_path() == system_folder() || file.parent_path() == system_folder();
  try {
    take_over(plugin::types_of_library(file), plugin);
    plugin.loaded = true;
  } catch (const std::exception& failure) {
    plugin.problem = failure.what();
  }
  plugins_.push_back(std::move(plugin));
}

void Registry::take_over(std::vector<TypeInfo> types, Plugin& plugin) {
  std::vector<std::string> problems;
  std::vector<std::string> names;
  for (const TypeInfo& type : types) {
    for (std::string& fault : plugin::faults(type)) problems.push_back(std::move(fault));
    if (const TypeInfo* other = find(type.name))
      problems.push_back(fmt::format("it registers '{}', a name that {} has taken", type.name, other->plugin));
    else if (std::find(names.begin(), names.end(), type.name) != names.end())
      problems.push_back(fmt::format("it registers '{}' twice", type.name));
    names.push_back(type.name);
  }
  if (!problems.empty()) throw Error(Exit::plugin_missing, fmt::format("{}", fmt::join(problems, "; ")));
  for (TypeInfo& type : types) {
    type.plugin = plugin.file.string();
    types_.emplace(type.name, std::move(type));
  }
  plugin.types.insert(plugin.types.end(), names.begin(), names.end());
}

void Registry::add(TypeInfo type, const std::string& plugin) {
  auto entry = std::find_if(plugins_.begin(), plugins_.end(), [&](const Plugin& p) { return p.file == plugin; });
  Plugin fresh;
  fresh.file = plugin;
  fresh.loaded = true;
  std::vector<TypeInfo> types;
  types.push_back(std::move(type));
  take_over(std::move(types), entry == plugins_.end() ? fresh : *entry);
  if (entry == plugins_.end()) plugins_.push_back(std::move(fresh));
}

const TypeInfo* Registry::find(const std::string& name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

const Registry::Plugin* Registry::plugin_of(const TypeInfo& type) const {
  const auto found =
      std::find_if(plugins_.begin(), plugins_.end(), [&](const Plugin& p) { return p.file == type.plugin; });
  return found == plugins_.end() ? nullptr : &*found;
}

}  // namespace harmonium
