#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fake_kernel.hpp"
#include "harmonium/file.hpp"
#include "harmonium/network.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/table.hpp"
#include "plugin/registry.hpp"

/// Nodes of the plugins as they are built, run by their registered names.
namespace harmonium::testing {

inline const TypeInfo& loaded(const std::string& name) {
  static const bool once = [] {
    Registry::instance().load(Registry::folders({}));
    return true;
  }();
  static_cast<void>(once);
  const TypeInfo* type = Registry::instance().find(name);
  if (!type) throw std::logic_error("no plugin registered " + name + "; is HARMONIUM_PLUGIN_PATH set?");
  return *type;
}

inline std::shared_ptr<const NodeWork> loaded_node(const std::string& name, const Settings& settings) {
  const TypeInfo& type = loaded(name);
  return type.as_node(make(type, settings));
}

/// The problems that a node finds before any work, one a line: "where: message".
inline std::string problems_of(const std::string& name, const Settings& settings, const Specs& inputs) {
  Specs outputs;
  loaded_node(name, settings)->outputs(inputs, outputs);
  std::string all;
  for (const Specs::Problem& problem : outputs.problems()) all += problem.where + ": " + problem.message + "\n";
  return all;
}

/// Runs a node to its end. Its state is saved and loaded before it finishes.
inline Outputs run_loaded(const std::string& name, const Settings& settings, const Inputs& inputs,
                          std::uint64_t seed = 42) {
  FakeContext context(seed);
  const auto node = loaded_node(name, settings);
  const std::unique_ptr<Work> work(node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  SavedState state = save(*work);
  const std::unique_ptr<Work> again(node->blank());
  load(state, *again);
  Outputs outputs;
  again->finish(inputs, outputs);
  return outputs;
}

/// A machine of binary units with weights from a normal distribution.
inline Network make_rbm(Index visible, Index hidden, float deviation, unsigned seed = 1,
                        const Tensor::Shape& shape = {}) {
  loaded("units.bernoulli");
  Network network;
  Layer v, h;
  v.name = "visible";
  v.units = h.units = make_value<Units>("units.bernoulli");
  v.size = visible;
  v.shape = shape;
  v.visible = true;
  v.part = "features";
  h.name = "hidden";
  h.size = hidden;
  const Index a = network.add(std::move(v)), b = network.add(std::move(h));
  const Index link = network.connect(make_value<Connection>("connection.dense"), a, b);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  for (float& weight : network.link(link).weights.values<float>()) weight = normal(random);
  for (const Index l : {a, b})
    for (float& bias : network.layer(l).parameters.values<float>()) bias = normal(random);
  return network;
}

/// The value in a column of a table of one row.
inline double value_of(const Table& table, const std::string& column, std::size_t row = 0) {
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (table.columns[c] == column) return table.rows.at(row).values.at(c);
  ADD_FAILURE() << "no column " << column;
  return 0;
}

/// A folder that is deleted at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "harmonium-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder can be made");
    path_ = name;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string put(const std::string& name, const File& file) const {
    std::ofstream(path_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(file.bytes.raw()), file.bytes.bytes());
    return *this / name;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace harmonium::testing
