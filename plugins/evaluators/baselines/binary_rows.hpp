#pragma once

#include <optional>
#include <string>

#include "harmonium/dataset.hpp"

namespace harmonium::baselines {

/// A part of a data set as rows of zeros and ones, read block by block.
class BinaryRows {
 public:
  /// With `draws` a value in [0, 1] becomes 1 with that probability, always the same way; without, it must be 0 or 1.
  /// Throws BadData where there are no rows.
  BinaryRows(const Dataset& data, const std::string& part, std::optional<Stream> draws);
  Index rows() const { return data_.rows(); }
  Index columns() const;
  /// Rows from `first` on, as many as `out` has. Throws BadData, with the remedy, where a value is not what it must be.
  void read(Index first, View<float> out) const;

 private:
  Dataset data_;
  Index part_ = 0;
  std::optional<Stream> draws_;
};

}  // namespace harmonium::baselines
