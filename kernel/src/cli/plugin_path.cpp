#include "cli/plugin_path.hpp"

#include <filesystem>

namespace harmonium::cli {

void PluginPath::add_to(CLI::App& verb) {
  verb.add_option("--plugin-path", folders_,
                  "Folder with plugins, or a plugin, looked at before HARMONIUM_PLUGIN_PATH, the user's folder and the "
                  "system's; may be given several times")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
}

Registry& PluginPath::load() const {
  std::vector<std::filesystem::path> extra;
  for (const std::string& folder : folders_) extra.push_back(std::filesystem::absolute(folder).lexically_normal());
  Registry& registry = Registry::instance();
  registry.load(Registry::folders(extra));
  return registry;
}

}  // namespace harmonium::cli
