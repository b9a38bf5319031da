#include "reconstruct.hpp"

#include <algorithm>

#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "stack/stack.hpp"

namespace harmonium {
namespace {

constexpr Index block = 500;

/// Some parts are in memory or in the store, the others are as they were.
class Reconstructed final : public RowSource {
 public:
  /// One tensor for each part; null for those that stay.
  Reconstructed(std::vector<std::shared_ptr<const Tensor>> parts, std::shared_ptr<const RowSource> others)
      : parts_(std::move(parts)), others_(std::move(others)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    const Tensor* tensor = parts_[static_cast<std::size_t>(part)].get();
    if (!tensor) {
      others_->read(part, rows, pass, out);
      return;
    }
    for (Index i = 0; i < rows.size; ++i)
      std::copy_n(tensor->view().row(rows[i]).data, tensor->columns(), out.row(i).data);
  }

 private:
  std::vector<std::shared_ptr<const Tensor>> parts_;
  std::shared_ptr<const RowSource> others_;
};

}  // namespace

void Reconstruct::State::visit(Visitor& visitor) {
  visitor("done", done);
  auto count = static_cast<Index>(shown.size());
  visitor("layers", count);
  constexpr Index most = 1000;
  if (count < 0 || count > most) throw BadData("a stored reconstruction has no such number of layers");
  shown.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!shown[i]) shown[i] = std::make_shared<Tensor>();
    visitor(Text("layer " + std::to_string(i + 1)), *shown[i]);
  }
}

void Reconstruct::describe(NodeType<Reconstruct>& type) {
  type.says(
          "What comes back of a data set after a pass up through a model or a stack, by the means of the hidden units, "
          "and down again: data as the model sees them.")
      .cites("Hinton, Salakhutdinov 2006")
      .input<Dataset>("data", "What is reconstructed; parts that the model does not show are carried along.")
      .list_input<Network>("model", "The model, or the models of a stack, the lowest first.")
      .output<Dataset>("data", "The same rows, with what the model shows replaced by means.");
  type.parameter("passes", &Reconstruct::passes)
      .at_least(1)
      .unit("passes")
      .says("How often rows go up and down: with more of them they go further towards what the model holds likely.");
}

DataSpec Reconstruct::reconstructed(DataSpec data, const ModelSpec& model) {
  for (const LayerSpec& layer : model.layers)
    for (PartSpec& part : data.parts)
      if (layer.visible && part.name == layer.part) {
        // Means are numbers, whatever they are means of.
        part.kind = PartSpec::Kind::real;
        part.classes.clear();
      }
  return data;
}

void Reconstruct::outputs(const Specs& in, Specs& out) const {
  check_stack(in, "model", out);
  const ModelSpec& model = in.get<Network>("model", 0);
  check_shown(model, in.get<Dataset>("data"), "in.data", out);
  out.set<Dataset>("data", reconstructed(in.get<Dataset>("data"), model));
}

Reconstruct::State Reconstruct::start(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const Network& model = in.get<Network>("model", 0);
  if (data.rows() > 0) check_data(model, data);
  State state;
  for (const Index l : model.visible()) {
    const Index shape[] = {data.rows(), model.layer(l).size};
    state.shown.push_back(
        std::make_shared<Tensor>(context.on_disk(Text(model.layer(l).name), Element::float32, {shape, 2})));
  }
  return state;
}

bool Reconstruct::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const Index count = std::min(block, data.rows() - state.done);
  if (count == 0) return false;
  Stack stack(in, "model", count);
  stack.show(data, state.done, count);
  const std::vector<Index> visible = stack.bottom().visible();
  for (Index pass = 0; pass < passes; ++pass) {
    stack.up();
    stack.down();
    for (std::size_t l = 0; l < visible.size(); ++l) {
      const Chains::Layer& layer = stack.bottom_chains()[visible[l]];
      for (Index i = 0; i < count; ++i) {
        const Span<const float> mean = layer.mean.row(i);
        std::copy_n(mean.data, mean.size, layer.state.row(i).data);
        if (pass + 1 == passes) std::copy_n(mean.data, mean.size, state.shown[l]->view().row(state.done + i).data);
      }
    }
  }
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void Reconstruct::finish(State& state, const Inputs& in, Outputs& out) const {
  const Dataset& data = in.get<Dataset>("data");
  const Network& model = in.get<Network>("model", 0);
  std::vector<std::shared_ptr<const Tensor>> parts(data.spec().parts.size());
  const std::vector<Index> visible = model.visible();
  for (std::size_t l = 0; l < visible.size(); ++l)
    parts[static_cast<std::size_t>(data.part(model.layer(visible[l]).part))] = state.shown[l];
  out.set("data", Dataset(reconstructed(data.spec(), model.spec()),
                          std::make_shared<const Reconstructed>(std::move(parts), data.source())));
}

}  // namespace harmonium
