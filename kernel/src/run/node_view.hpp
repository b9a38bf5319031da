#pragma once

#include <memory>
#include <string>

#include "run/engine.hpp"

namespace harmonium::run {

/// A node's inputs, made by the engine when they are asked for.
class GraphInputs final : public Inputs {
 public:
  GraphInputs(Engine& engine, std::size_t node) : engine_(engine), node_(engine.graph_.nodes[node]) {}
  Index count(Text port) const override;
  const void* fetch(Text port, Index i) const override;
  Text label(Text port, Index i) const override;

 private:
  const pipeline::Source& source(Text port, Index i) const;
  Engine& engine_;
  const pipeline::GraphNode& node_;
};

/// What a node may ask of the engine.
class NodeContext final : public Context {
 public:
  NodeContext(Engine& engine, std::size_t node) : engine_(engine), node_(node) {}
  Stream stream(Text purpose) override;
  void progress(double done, double total, Text unit) override;
  void metric(Text name, double value, Text unit) override;
  void warn(Text message) override { engine_.warn(node_, message.str()); }
  Tensor on_disk(Text name, Element element, Span<const Index> shape) override;

  /// The folder that the finished state is to be written to, with the tensors made by on_disk().
  NewState& state();

 private:
  Engine& engine_;
  std::size_t node_;
  double last_progress_ = 0;
  std::map<std::string, double> last_metric_;
  std::unique_ptr<NewState> state_;
};

}  // namespace harmonium::run
