#include "complete_cases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"

namespace harmonium {

void CompleteCases::describe(NodeType<CompleteCases>& type) {
  type.says(
      "Takes the rows of which no value is missing: what a model can be trained on that then fills in the others, by "
      "ask.complete. Where values are missing for a reason, such rows are no fair sample of all.");
  type.input<Dataset>("data", "Rows, some of them with missing values.");
  type.output<Dataset>("data", "Those without, in their order.");
}

void CompleteCases::outputs(const Specs& in, Specs& out) const {
  DataSpec spec = in.get<Dataset>("data");
  spec.rows = DataSpec::unknown;
  out.set<Dataset>("data", std::move(spec));
}

PickedRows::State CompleteCases::start(const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  std::vector<std::uint8_t> whole(static_cast<std::size_t>(data.rows()), 1);
  constexpr Index block = 1000;
  for (std::size_t p = 0; p < data.spec().parts.size(); ++p) {
    Tensor values = Tensor::matrix(block, data.spec().parts[p].width);
    for (Index first = 0; first < data.rows(); first += block) {
      const View<float> read = values.view().row_range(0, std::min(block, data.rows() - first));
      read_with_missing(data, static_cast<Index>(p), first, read.rows, read);
      for (Index i = 0; i < read.rows; ++i)
        if (std::any_of(read.row(i).begin(), read.row(i).end(), [](float value) { return std::isnan(value); }))
          whole[static_cast<std::size_t>(first + i)] = 0;
    }
  }
  std::vector<Index> rows;
  for (Index i = 0; i < data.rows(); ++i)
    if (whole[static_cast<std::size_t>(i)] != 0) rows.push_back(i);
  if (rows.empty()) throw BadData(fmt::format("each of the {} rows lacks a value", data.rows()));
  context.metric("rows left out", static_cast<double>(data.rows() - static_cast<Index>(rows.size())), "");
  return picked(rows);
}

}  // namespace harmonium
