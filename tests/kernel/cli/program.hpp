#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace harmonium::cli {

/// What the program did with a command line.
struct Ran {
  int status = -1;
  std::string out, err;
};

/// A fresh folder, deleted with the object, and the program run in it with the toy plugin alone.
class Program {
 public:
  Program();
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Arguments as the shell reads them.
  Ran operator()(const std::string& arguments) const;
  /// A command of the shell, in which `harmonium` is the program.
  Ran shell(const std::string& command) const;
  /// Writes a file into the folder and gives its name.
  std::string file(const std::string& name, const std::string& text) const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

}  // namespace harmonium::cli
