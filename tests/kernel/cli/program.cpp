#include "program.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace harmonium::cli {

namespace {

std::string content(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Program::Program() {
  std::string name = testing::TempDir() + "/harmonium-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  folder_ = name;
}

Program::~Program() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
}

Ran Program::operator()(const std::string& arguments) const { return shell("harmonium " + arguments); }

Ran Program::shell(const std::string& command) const {
  const std::string folder = folder_.string();
  const std::string all = "cd '" + folder + "' && exec >out 2>err; export HARMONIUM_PLUGIN_PATH=" TOY_FOLDER +
                          " HARMONIUM_STORE='" + folder + "/store' XDG_DATA_HOME='" + folder +
                          "/data' PATH=\"" HARMONIUM_PROGRAM_FOLDER ":$PATH\"; " + command;
  const int status = std::system(all.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(folder_ / "out"),
          content(folder_ / "err")};
}

std::string Program::file(const std::string& name, const std::string& text) const {
  std::ofstream(folder_ / name, std::ios::binary) << text;
  return name;
}

}  // namespace harmonium::cli
