#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"

namespace harmonium {

/// Rows that a model is asked about, one matrix for each visible layer, of which some values are not known.
struct ShownRows {
  std::vector<Tensor> values;  ///< rows x size; 0 where unknown
  std::vector<Tensor> known;   ///< rows x size, uint8; 1 where known

  Index rows() const { return values.empty() ? 0 : values.front().rows(); }
};

/// Rows of which nothing is known.
ShownRows unknown_rows(const Network& model, Index rows);

/// Reads `count` rows from `first` on. What is nan is unknown, and so are parts that the data do not have and layers
/// that show `forgotten`. Throws BadData where of units that are drawn together some are known and others are not.
ShownRows read_shown(const Network& model, const Dataset& data, Index first, Index count,
                     const std::string& forgotten = "");

/// Notes in `outputs`, as problems of `where`, parts of another width than the layer that shows them, and data without
/// any part that the model shows.
void check_some_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs);

/// Throws BadData, with the remedy, where a known value can be no state of the unit that shows it. A pass over the
/// data.
void check_known(const Network& model, const Dataset& data);

/// Throws BadPipeline, at the parameter `part`, where the units of a layer do not say which of several classes it is.
void demand_classes(const Layer& layer);

}  // namespace harmonium
