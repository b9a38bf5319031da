#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "temporary_folder.hpp"

namespace harmonium::testing {

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The tensors of all results, path within the store -> content; beside them lie when and how each was made.
inline std::map<std::string, std::string> results_in(const std::filesystem::path& store) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(store / "entries"))
    if (entry.is_regular_file() && entry.path().filename().string().starts_with("data"))
      files[std::filesystem::relative(entry.path(), store).string()] = content_of(entry.path());
  return files;
}

/// A fresh folder in which commands of the shell run, `harmonium` being the program that was built, with a store of its
/// own.
class Shell {
 public:
  struct Ran {
    int status;
    std::string out, err;
  };

  Ran operator()(const std::string& command) const {
    const std::string at = folder_.path().string();
    const std::string all = "cd '" + at +
                            "' && exec >out 2>err; unset HARMONIUM_PLUGIN_PATH; export HARMONIUM_STORE='" + at +
                            "/store' PATH=\"" HARMONIUM_PROGRAM_FOLDER ":$PATH\"; " + command;
    const int status = std::system(all.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content_of(folder_.path() / "out"),
            content_of(folder_.path() / "err")};
  }
  const std::filesystem::path& path() const { return folder_.path(); }
  std::string write(const std::string& name, const std::string& content) const { return folder_.write(name, content); }

 private:
  TemporaryFolder folder_;
};

}  // namespace harmonium::testing
