// The examples of share/doc/pipelines.md, as they stand there, against the plugins of this build.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "pipeline/graph.hpp"
#include "plugin/registry.hpp"

namespace harmonium {
namespace {

std::vector<std::string> examples(const std::filesystem::path& manual) {
  std::ifstream stream(manual);
  std::vector<std::string> all;
  bool inside = false;
  for (std::string line; std::getline(stream, line);) {
    if (inside && line == "```") inside = false;
    if (inside) all.back() += line + "\n";
    if (line == "```yaml") {
      inside = true;
      all.emplace_back();
    }
  }
  return all;
}

TEST(PipelineManual, EveryExampleIsAccepted) {
  const std::filesystem::path root = HARMONIUM_SOURCE;
  Registry::instance().load(Registry::folders({}));
  int checked = 0;
  for (const std::string& example : examples(root / "share/doc/pipelines.md")) {
    if (example.starts_with("composite: ")) {
      TypeInfo type;
      type.kind = TypeInfo::Kind::composite;
      type.name = example.substr(11, example.find_first_of(" \n", 11) - 11);
      type.text = example;
      Registry::instance().add(type, "manual");
      const auto used = pipeline::check_text(
          "harmonium: 1\nnodes:\n  file: {use: reader.csv, with: {path: ../share/data/digits.csv.gz, label: last}}\n"
          "  it: {use: " +
              type.name +
              ", in: file, with: {hidden: 8}}\n  code: {use: model.encode, in: {model: it, "
              "data: it.code}}\n",
          root / "pipelines/manual.yaml", {});
      for (const auto& error : used.errors) ADD_FAILURE() << error.text();
    } else {
      const auto result = pipeline::check_text(example, root / "pipelines/manual.yaml", {});
      for (const auto& error : result.errors) ADD_FAILURE() << error.text() << "\n" << example;
    }
    ++checked;
  }
  EXPECT_GE(checked, 6);
}

}  // namespace
}  // namespace harmonium
