#pragma once

#include <string>

#include "harmonium/dataset.hpp"

namespace harmonium::baselines {

/// A part of a data set as rows of zeros and ones, read block by block.
class BinaryRows {
 public:
  /// Throws BadData where there are no rows.
  BinaryRows(const Dataset& data, const std::string& part);
  Index rows() const { return data_.rows(); }
  Index columns() const;
  /// Rows from `first` on, as many as `out` has. Throws BadData, with the remedy, where a value is neither 0 nor 1.
  void read(Index first, View<float> out) const;

 private:
  Dataset data_;
  Index part_ = 0;
};

}  // namespace harmonium::baselines
