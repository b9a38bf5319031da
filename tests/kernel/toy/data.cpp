#include <memory>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/table.hpp"
#include "toy.hpp"

namespace toy {

using namespace harmonium;

namespace {

/// Row i holds i, i + 1, ...
class Counting final : public RowSource {
 public:
  void read(Index, Span<const Index> rows, std::uint64_t, View<float> out) const override {
    for (Index i = 0; i < rows.size; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = static_cast<float>(rows[i] + j);
  }
};

struct Data {
  int rows = 6;
  int width = 4;

  static void describe(NodeType<Data>& type) {
    type.says("A data set that counts.").output<Dataset>("data", "One part, `features`.").view();
    type.parameter("rows", &Data::rows).at_least(1).says("Rows.");
    type.parameter("width", &Data::width).at_least(1).says("Columns of the features.");
  }
  DataSpec spec() const {
    PartSpec part;
    part.name = "features";
    part.width = width;
    DataSpec data;
    data.rows = rows;
    data.parts = {part};
    return data;
  }
  void outputs(const Specs&, Specs& outputs) const { outputs.set<Dataset>("data", spec()); }
  Outputs run(const Inputs&, Context&) const {
    Outputs outputs;
    outputs.set("data", Dataset(spec(), std::make_shared<Counting>()));
    return outputs;
  }
};

struct Sums {
  int expect = 0;

  static void describe(NodeType<Sums>& type) {
    type.says("The sum of each row of a data set.")
        .input<Dataset>("data", "Its features.")
        .output<Table>("sums", "A row for each row.");
    type.parameter("expect", &Sums::expect).at_least(0).says("The width that the features must have; 0: any.");
  }
  void outputs(const Specs& inputs, Specs& outputs) const {
    const auto& features = inputs.get<Dataset>("data").part("features");
    if (expect != 0 && features.width != expect)
      outputs.problem("with.expect", "the features are " + std::to_string(features.width) + " wide, but " +
                                         std::to_string(expect) + " are expected");
    outputs.set<Table>("sums", {});
  }
  Outputs run(const Inputs& inputs, Context&) const {
    const auto& data = inputs.get<Dataset>("data");
    const Index part = data.part("features");
    Tensor values = Tensor::matrix(data.rows(), data.spec().parts[static_cast<std::size_t>(part)].width);
    data.read(part, 0, data.rows(), values.view());
    Table table;
    table.title = "sums";
    table.rows_are = "row";
    table.columns = {"sum"};
    table.units = {""};
    for (Index i = 0; i < data.rows(); ++i) {
      double sum = 0;
      for (float value : values.view().row(i)) sum += value;
      table.rows.push_back({std::to_string(i), {sum}});
    }
    Outputs outputs;
    outputs.set("sums", std::move(table));
    return outputs;
  }
};

}  // namespace

void register_data(Registrar& registrar) {
  registrar.node<Data>("toy.data");
  registrar.node<Sums>("toy.sums");
}

}  // namespace toy
