#pragma once

#include <memory>
#include <string>

#include "run/engine.hpp"
#include "run/node_log.hpp"

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
  using Context::progress;
  void progress(double done, double total, Text unit, Steps steps) override;
  void metric(Text name, double value, Text unit) override;
  void warn(Text message) override;
  Tensor on_disk(Text name, Element element, Span<const Index> shape) override;

  /// The folder that the finished state is to be written to, with the tensors made by on_disk().
  NewState& state();
  const NodeLog& log() const { return log_; }
  /// Goes on with what was told before, which the journal gets again.
  void take_up(NodeLog before);
  /// Calls body(), which loses nothing that could be resumed: progress() in it throws Error (interrupted) when the run
  /// is to end.
  template <class Body>
  auto beginning(Body&& body) {
    begins_ = true;
    auto begun = body();
    begins_ = false;
    return begun;
  }

 private:
  Engine& engine_;
  std::size_t node_;
  void tell(const nlohmann::ordered_json& event);
  void warn(const std::string& text, const std::string& advice);
  double last_progress_ = 0;
  NodeLog log_;
  bool begins_ = false;
  std::unique_ptr<NewState> state_;
};

}  // namespace harmonium::run
