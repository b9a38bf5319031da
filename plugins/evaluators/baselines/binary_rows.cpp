#include "binary_rows.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"

namespace harmonium::baselines {

BinaryRows::BinaryRows(const Dataset& data, const std::string& part) : data_(data), part_(data.part(part)) {
  if (data_.rows() == 0) throw BadData("there are no rows");
}

Index BinaryRows::columns() const { return data_.spec().parts[static_cast<std::size_t>(part_)].width; }

void BinaryRows::read(Index first, View<float> out) const {
  data_.read(part_, first, out.rows, out);
  for (Index i = 0; i < out.rows; ++i)
    for (const float value : out.row(i))
      if (value != 0 && value != 1)
        throw BadData(
            fmt::format("row {} shows {} in part '{}', but these models are of zeros and ones: put the data through "
                        "data.binarise or data.sample first",
                        first + i + 1, value, data_.spec().parts[static_cast<std::size_t>(part_)].name));
}

}  // namespace harmonium::baselines
