#pragma once

#include <memory>

#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/units.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// Where rows come from. Safe to read from several threads at once. Nothing assumes that all rows fit in memory.
class HARMONIUM_INTERFACE RowSource {
 public:
  HARMONIUM_API virtual ~RowSource();
  /// Writes row rows[i] of part number `part` (its place in the spec) to row i of `out` (rows x the part's width).
  /// `pass` counts presentations: a source that draws at random draws anew for each pass, others ignore it.
  /// Throws BadData where the values turn out not to be what the spec says.
  virtual void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const = 0;
};

/// A data set: a number of rows, each made of named parts ("features", "label", ...). Cheap to copy.
class HARMONIUM_API Dataset {
 public:
  static constexpr const char* port_type = "data";
  using Spec = DataSpec;

  Dataset() = default;
  /// `spec.rows` must be known.
  Dataset(DataSpec spec, std::shared_ptr<const RowSource> source);

  const DataSpec& spec() const { return spec_; }
  Index rows() const { return spec_.rows; }
  /// The number of the part of that name. Throws BadData naming the parts there are.
  Index part(const std::string& name) const;
  const std::shared_ptr<const RowSource>& source() const { return source_; }

  void read(Index part, Span<const Index> rows, View<float> out, std::uint64_t pass = 0) const;
  /// `count` rows from `first` on.
  void read(Index part, Index first, Index count, View<float> out, std::uint64_t pass = 0) const;
  /// The number of the class of each row of a category part.
  std::vector<Index> classes(const std::string& part) const;

 private:
  DataSpec spec_;
  std::shared_ptr<const RowSource> source_;
};

/// What a pass over one part finds in its columns. Everything in double, in the order of the rows.
struct ColumnSummary {
  Index rows = 0;
  std::vector<double> mean, deviation, minimum, maximum;

  ColumnView view() const { return {rows, mean, deviation, minimum, maximum}; }
};
HARMONIUM_API ColumnSummary summarise(const Dataset& data, Index part);

/// Rows in batches, shuffled anew every epoch by a permutation that depends on stream and epoch alone.
class HARMONIUM_API Batches {
 public:
  Batches() = default;
  /// `shuffle` false keeps the order of the data. The last batch of an epoch may be shorter.
  Batches(Index rows, Index batch, bool shuffle, Stream stream);
  Index per_epoch() const { return (rows_ + batch_ - 1) / batch_; }
  /// The rows of batch `number` of that epoch (both from 0).
  Span<const Index> rows(Index epoch, Index number);

 private:
  Index rows_ = 0, batch_ = 1;
  bool shuffle_ = true;
  Stream stream_;
  Index epoch_ = -1;
  std::vector<Index> order_;
};

}  // namespace harmonium
