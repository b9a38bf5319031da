#include "run/answering.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "run/hash.hpp"

namespace harmonium::run {

class AskedInputs final : public Inputs {
 public:
  AskedInputs(Answering& owner, std::size_t node) : owner_(owner), node_(owner.graph_.nodes[node]) {}

  Index count(Text port) const override {
    const auto found = node_.inputs.find(port.str());
    return found == node_.inputs.end() ? 0 : static_cast<Index>(found->second.size());
  }
  const void* fetch(Text port, Index i) const override {
    const pipeline::Source& from = node_.inputs.at(port.str()).at(static_cast<std::size_t>(i));
    const pipeline::GraphNode& source = owner_.graph_.nodes[from.node];
    for (const PortInfo& output : source.type->outputs)
      if (output.name == from.port)
        if (const auto value = owner_.outputs_of(from.node).at(from.port, output.type)) return value.get();
    throw RunFailed(fmt::format("{} gives no '{}' here", source.path, from.port));
  }
  Text label(Text port, Index i) const override {
    return node_.inputs.at(port.str()).at(static_cast<std::size_t>(i)).label;
  }

 private:
  Answering& owner_;
  const pipeline::GraphNode& node_;
};

class AskedContext final : public Context {
 public:
  AskedContext(Answering& owner, std::size_t node) : owner_(owner), node_(node) {}

  /// The numbers that the same node would draw in a run.
  Stream stream(Text purpose) override {
    if (!owner_.graph_.nodes[node_].type->random)
      throw Error(Exit::internal, "asks for random numbers, but its type is not declared random()");
    std::string chance = owner_.recipes_[node_].chance;
    chance += '\0';
    chance += purpose.view();
    return Stream{hash64(chance)};
  }
  void progress(double, double, Text, Steps) override {}
  void metric(Text, double, Text) override {}
  void warn(Text message) override { owner_.warnings_.push_back(message.str()); }
  Tensor on_disk(Text, Element element, Span<const Index> shape) override {
    return {element, Tensor::Shape(shape.begin(), shape.end())};
  }

 private:
  Answering& owner_;
  std::size_t node_;
};

Answering::Answering(const pipeline::Graph& graph, const Store& store, std::vector<bool> here,
                     std::function<std::string(const std::string&)> remedy)
    : graph_(graph), store_(store), here_(std::move(here)), remedy_(std::move(remedy)) {
  FileHashes files(store.root());
  recipes_ = recipes(graph, files);
}

Answering::~Answering() = default;

const Outputs& Answering::outputs_of(std::size_t n) {
  const auto found = made_.find(n);
  if (found != made_.end()) return *found->second;
  auto outputs = std::make_unique<Outputs>();
  if (here_[n] || graph_.nodes[n].type->view)
    make(n, *outputs);
  else
    load(n, *outputs);
  return *(made_[n] = std::move(outputs));
}

void Answering::load(std::size_t n, Outputs& outputs) {
  const pipeline::GraphNode& node = graph_.nodes[n];
  std::string problem;
  const std::unique_ptr<StoredState> stored = store_.entry(recipes_[n].key, &problem);
  if (!stored)
    throw RunFailed(fmt::format("{} {}; {}", node.path,
                                problem.empty() ? fmt::format("is not in the store {}", store_.root().string())
                                                : fmt::format("is damaged in the store ({})", problem),
                                remedy_(node.path)));
  const std::unique_ptr<Work> work(node.work->blank());
  stored->load(*work);
  AskedInputs inputs(*this, n);
  work->finish(inputs, outputs);
}

void Answering::make(std::size_t n, Outputs& outputs) {
  AskedInputs inputs(*this, n);
  AskedContext context(*this, n);
  const std::unique_ptr<Work> work(graph_.nodes[n].work->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  work->finish(inputs, outputs);
}

}  // namespace harmonium::run
