#include <algorithm>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/table.hpp"

namespace {

using namespace harmonium;

/// How many of the values in each column of a data set are active. Few active values make a code sparse; Treves and
/// Rolls 1991 measure it otherwise, without a threshold.
struct Sparsity {
  // The defaults of the parameters live here and nowhere else.
  double above = 0.5;
  std::string part = "features";

  static void describe(NodeType<Sparsity>& type) {
    type.says("The fraction of active values in each column of a data set.")
        .input<Dataset>("data", "What is looked at.")
        .output<Table>("table", "A row for each column.");
    type.parameter("above", &Sparsity::above).says("Values above it count as active.");
    type.parameter("part", &Sparsity::part).says("The part of the data set that is looked at.");
  }

  /// Before any work: are the inputs what they must be? part() says what is wrong if they are not.
  void outputs(const Specs& inputs, Specs& outputs) const {
    inputs.get<Dataset>("data").part(part);
    outputs.set<Table>("table", {});
  }

  /// The work. What it returns is stored, and computed again only when parameters or inputs change.
  Outputs run(const Inputs& inputs, Context& context) const {
    const auto& data = inputs.get<Dataset>("data");
    const Index number = data.part(part);
    const Index columns = data.spec().part(part).width;

    // Rows come in blocks: a data set need not fit in memory.
    constexpr Index most_rows = 1024;
    Tensor block = Tensor::matrix(std::min(most_rows, data.rows()), columns);
    Tensor active = Tensor::of<double>({columns});
    for (Index first = 0; first < data.rows(); first += most_rows) {
      const Index rows = std::min(most_rows, data.rows() - first);
      const View<float> values = block.view().row_range(0, rows);
      data.read(number, first, rows, values);
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < columns; ++j) active.data<double>()[j] += values(i, j) > above;
      context.progress(static_cast<double>(first + rows), static_cast<double>(data.rows()), "rows");
    }

    Table table;
    table.title = "sparsity";
    table.rows_are = "column";
    table.columns = {"active"};
    table.units = {"%"};
    for (Index j = 0; j < columns; ++j)
      table.rows.push_back({std::to_string(j), {100 * active.data<double>()[j] / static_cast<double>(data.rows())}});
    Outputs outputs;
    outputs.set("table", std::move(table));
    return outputs;
  }
};

}  // namespace

// Names are promises: one that is registered changes only when its results change.
HARMONIUM_PLUGIN(registrar) { registrar.node<Sparsity>("my-plugin.sparsity"); }
