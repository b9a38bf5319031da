#include "answer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// Answers beside the parts of the data that were not asked about.
class Answered final : public RowSource {
 public:
  Answered(std::vector<std::shared_ptr<Tensor>> shown, std::shared_ptr<const RowSource> others,
           std::vector<Index> carried)
      : shown_(std::move(shown)), others_(std::move(others)), carried_(std::move(carried)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    const auto number = static_cast<std::size_t>(part);
    if (number >= shown_.size()) return others_->read(carried_[number - shown_.size()], rows, pass, out);
    const View<const float> values = std::as_const(*shown_[number]).view();
    for (Index i = 0; i < rows.size; ++i) std::copy_n(values.row(rows[i]).data, values.columns, out.row(i).data);
  }

 private:
  std::vector<std::shared_ptr<Tensor>> shown_;
  std::shared_ptr<const RowSource> others_;
  std::vector<Index> carried_;
};

/// The parts that no visible layer shows.
std::vector<Index> carried(const ModelSpec& model, const DataSpec& data) {
  std::vector<Index> rest;
  for (std::size_t p = 0; p < data.parts.size(); ++p)
    if (std::none_of(model.layers.begin(), model.layers.end(),
                     [&](const LayerSpec& layer) { return layer.visible && layer.part == data.parts[p].name; }))
      rest.push_back(static_cast<Index>(p));
  return rest;
}

/// What the columns of an answer about the part are called: those of one of K by its name and the class.
std::vector<std::string> column_names(const PartSpec& part) {
  std::vector<std::string> names = part.columns;
  for (const std::string& of_class : part.classes) names.push_back(part.name + "=" + of_class);
  return names;
}

}  // namespace

Answer Answer::of(const Network& model, Index rows, Context& context) {
  Answer answer;
  for (const Index l : model.visible()) {
    const Index shape[] = {rows, model.layer(l).size};
    answer.shown.push_back(
        std::make_shared<Tensor>(context.on_disk(Text(model.layer(l).name), Element::float32, {shape, 2})));
  }
  return answer;
}

void Answer::visit(Visitor& visitor) {
  visitor("done", done);
  auto count = static_cast<Index>(shown.size());
  visitor("layers", count);
  constexpr Index most = 1000;
  if (count < 0 || count > most) throw BadData("a stored answer has no such number of layers");
  shown.resize(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (!shown[i]) shown[i] = std::make_shared<Tensor>();
    visitor(Text("layer " + std::to_string(i + 1)), *shown[i]);
  }
}

void Answer::add(const std::vector<Tensor>& rows) {
  for (const Tensor& layer : rows)
    for (Index i = 0; i < layer.rows(); ++i)
      for (Index j = 0; j < layer.columns(); ++j)
        if (!std::isfinite(layer.view()(i, j)))
          throw RunFailed(
              fmt::format("row {}, column {} of the model's answer is not finite: its chains run away, or "
                          "the temperature is out of all proportion",
                          done + i + 1, j + 1));
  for (std::size_t v = 0; v < rows.size(); ++v)
    std::copy_n(rows[v].data<float>(), rows[v].size(), shown[v]->view().row(done).data);
  done += rows.front().rows();
}

DataSpec answer_spec(const ModelSpec& model, const DataSpec* data, Index rows) {
  DataSpec spec{rows, {}};
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    const PartSpec* part = data ? data->find(layer.part) : nullptr;
    // Means and probabilities are numbers, whatever they are of.
    spec.parts.push_back(
        {layer.part, layer.size, part && !part->shape.empty() ? part->shape : layer.shape, PartSpec::Kind::real, {}});
    if (part) spec.parts.back().columns = column_names(*part);
  }
  if (data)
    for (const Index p : carried(model, *data)) spec.parts.push_back(data->parts[static_cast<std::size_t>(p)]);
  return spec;
}

Dataset answer_data(const Network& model, const Dataset* data, const Answer& answer) {
  const ModelSpec spec = model.spec();
  return {answer_spec(spec, data ? &data->spec() : nullptr, answer.shown.front()->rows()),
          std::make_shared<Answered>(answer.shown, data ? data->source() : nullptr,
                                     data ? carried(spec, data->spec()) : std::vector<Index>{})};
}

}  // namespace harmonium
