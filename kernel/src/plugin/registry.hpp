#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harmonium/plugin.hpp"

namespace harmonium {

/// The plugins of this process and the types they registered. There is one, since libraries are opened once and never
/// closed.
class HARMONIUM_API Registry {
 public:
  /// A library that was found, or a place where none could be looked for.
  struct Plugin {
    /// Absolute, links resolved; as written where it is a folder that cannot be looked into.
    std::filesystem::path file;
    bool loaded = false;
    /// Why it could not be used, where it could not: one sentence.
    std::string problem;
    std::vector<std::string> types;
    /// Whether it lies in the installed (or built) system folder; the build of others is part of their nodes' keys.
    bool shipped = false;

    /// XXH3-128 of the library's content, as 32 hexadecimal digits; empty where the file cannot be read. Computed when
    /// it is first asked for, since most commands never ask.
    HARMONIUM_API const std::string& build() const;

   private:
    mutable std::optional<std::string> build_;
  };

  static Registry& instance();

  /// Where plugins are looked for, first come first: `extra` (--plugin-path), HARMONIUM_PLUGIN_PATH (separated by
  /// colons), the user's folder and the system's where they exist. Never the current directory.
  static std::vector<std::filesystem::path> folders(const std::vector<std::filesystem::path>& extra);
  /// The folder beside the kernel's library, <its folder>/harmonium/<SDK major>.
  static std::filesystem::path system_folder();
  /// Opens every library in these folders (or the library itself, where one is named) that is not open yet. Failures
  /// are kept, not thrown; relative paths and paths to nothing are failures. A plugin gives all its types or none.
  void load(const std::vector<std::filesystem::path>& folders);
  /// Adds a type as if a plugin had; for tests. Throws Error where the name is taken or the declaration is faulty.
  void add(TypeInfo type, const std::string& plugin);

  /// The type of that name, or null.
  const TypeInfo* find(const std::string& name) const;
  const std::map<std::string, TypeInfo>& types() const { return types_; }
  const std::vector<Plugin>& plugins() const { return plugins_; }
  /// The plugin that registered a type, or null.
  const Plugin* plugin_of(const TypeInfo& type) const;

 private:
  void load_library(const std::filesystem::path& file);
  /// Takes over all the types, or throws Error and takes over none.
  void take_over(std::vector<TypeInfo> types, Plugin& plugin);

  std::map<std::string, TypeInfo> types_;
  std::vector<Plugin> plugins_;
};

}  // namespace harmonium
