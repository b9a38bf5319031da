#include "binary_rows.hpp"

#include <fmt/format.h>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"

namespace harmonium::baselines {

BinaryRows::BinaryRows(const Dataset& data, const std::string& part, std::optional<Stream> draws)
    : data_(data), part_(data.part(part)), draws_(draws) {
  if (data_.rows() == 0) throw BadData("there are no rows");
}

Index BinaryRows::columns() const { return data_.spec().parts[static_cast<std::size_t>(part_)].width; }

void BinaryRows::read(Index first, View<float> out) const {
  data_.read(part_, first, out.rows, out);
  for (Index i = 0; i < out.rows; ++i)
    for (const float value : out.row(i))
      if (draws_ ? !(value >= 0 && value <= 1) : value != 0 && value != 1)
        throw BadData(fmt::format(
            "row {} shows {} in part '{}', {}", first + i + 1, value,
            data_.spec().parts[static_cast<std::size_t>(part_)].name,
            draws_ ? "which cannot be sampled as a probability: put the data through data.scale first"
                   : "but these models are of zeros and ones: put the data through data.binarise first, or let grey "
                     "values be drawn by inputs: sampled"));
  if (draws_) elementwise::bernoulli(out, draws_->rows_from(static_cast<std::uint64_t>(first)), out);
}

}  // namespace harmonium::baselines
