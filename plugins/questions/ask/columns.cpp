#include "columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "harmonium/network.hpp"

namespace harmonium {
namespace {

class Cut final : public RowSource {
 public:
  Cut(std::shared_ptr<const RowSource> inner, Index part, Index width, std::vector<PartSpec> parts)
      : inner_(std::move(inner)), part_(part), width_(width), parts_(std::move(parts)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    Index first = 0;
    for (Index p = 0; p < part; ++p) first += parts_[static_cast<std::size_t>(p)].width;
    Tensor whole = Tensor::matrix(rows.size, width_);
    inner_->read(part_, rows, pass, whole.view());
    for (Index i = 0; i < rows.size; ++i)
      std::copy_n(std::as_const(whole).view().row(i).data + first, out.columns, out.row(i).data);
  }

 private:
  std::shared_ptr<const RowSource> inner_;
  Index part_, width_;
  std::vector<PartSpec> parts_;
};

/// The parts of the first visible layers that so many columns fill; none where they fill no layer to its end.
std::vector<PartSpec> parts_of(const ModelSpec& model, Index width) {
  std::vector<PartSpec> parts;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible || width == 0) continue;
    parts.push_back({layer.part, layer.size, layer.shape, PartSpec::Kind::real, {}});
    width -= layer.size;
    if (width < 0) break;
  }
  return width == 0 ? parts : std::vector<PartSpec>{};
}

PartSpec renamed(PartSpec part, const std::string& name) {
  part.name = name;
  return part;
}

}  // namespace

void Columns::describe(NodeType<Columns>& type) {
  type.says(
          "Cuts the columns of one part into the parts that a model shows: those of its first visible layer first, of "
          "a "
          "label one column for each class. The parts of the last layers may be left out. Without a model all columns "
          "stay one part, of another name.")
      .view()
      .input<Dataset>("data", "Rows as a file has them.")
      .optional_input<Network>("model", "The model that is to show them.")
      .output<Dataset>("data", "The same rows: a part for each layer.");
  type.parameter("part", &Columns::part).says("The part that is cut.");
  type.parameter("name", &Columns::name)
      .says("What the part is called that all columns become, where no model is connected.");
}

void Columns::outputs(const Specs& in, Specs& out) const {
  const DataSpec& data = in.get<Dataset>("data");
  const PartSpec* columns = data.find(part);
  if (!columns) return out.problem("with.part", fmt::format("the data have no part '{}'", part));
  if (in.has("model") == !name.empty())
    return out.problem(in.has("model") ? "with.name" : "in.model",
                       "either a model says what the columns become, or 'name' does");
  if (!name.empty()) return out.set<Dataset>("data", {data.rows, {renamed(*columns, name)}});
  std::vector<PartSpec> parts = parts_of(in.get<Network>("model"), columns->width);
  if (parts.empty()) {
    std::string layers;
    for (const LayerSpec& layer : in.get<Network>("model").layers)
      if (layer.visible) layers += fmt::format("{}'{}' ({})", layers.empty() ? "" : ", ", layer.part, layer.size);
    return out.problem("in.data", fmt::format("rows of {} values cannot be cut into what the model shows: {}",
                                              columns->width, layers));
  }
  out.set<Dataset>("data", {data.rows, std::move(parts)});
}

Outputs Columns::run(const Inputs& in, Context&) const {
  const Dataset& data = in.get<Dataset>("data");
  const Index number = data.part(part), width = data.spec().part(part).width;
  std::vector<PartSpec> parts{renamed(data.spec().part(part), name)};
  if (in.has("model")) parts = parts_of(in.get<Network>("model").spec(), width);
  Outputs out;
  out.set("data", Dataset({data.rows(), parts}, std::make_shared<const Cut>(data.source(), number, width, parts)));
  return out;
}

}  // namespace harmonium
