#pragma once

#include <memory>

#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/units.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

class Context;

/// Where rows come from. Safe to read from several threads at once. Nothing assumes that all rows fit in memory.
class HARMONIUM_INTERFACE RowSource {
 public:
  HARMONIUM_API virtual ~RowSource();
  /// Writes row rows[i] of part number `part` (its place in the spec) to row i of `out` (rows x the part's width).
  /// `pass` counts presentations: a source that draws at random draws anew for each pass, others ignore it.
  /// Throws BadData where the values turn out not to be what the spec says.
  virtual void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const = 0;
  /// These rows will be asked for soon: a source on disk begins to bring them into memory and returns at once, one that
  /// reads from other sources tells them. Changes nothing else; doing nothing is correct.
  HARMONIUM_API virtual void fetch_ahead(Index part, Span<const Index> rows) const;
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
  /// See RowSource.
  void fetch_ahead(Index part, Span<const Index> rows) const;

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
/// `context`, where there is one, is told how far it is where that takes seconds.
HARMONIUM_API ColumnSummary summarise(const Dataset& data, Index part, Context* context = nullptr);

/// Rows in batches, shuffled anew every epoch by a permutation that depends on stream and epoch alone. Of data that may
/// not fit in memory (more than 2^30 values, or 2^24 rows) no row is read from disk alone, and their order is never
/// held as a whole: runs of neighbouring rows (about 2^20 values) come in a random order, and 256 of them at a time are
/// shuffled row by row, while those that come next are fetched.
class HARMONIUM_API Batches {
 public:
  Batches() = default;
  /// `shuffle` false keeps the order of the data. The last batch of an epoch may be shorter.
  Batches(Dataset data, Index batch, bool shuffle, Stream stream);
  Index per_epoch() const { return (rows_ + batch_ - 1) / batch_; }
  /// The rows of batch `number` of that epoch (both from 0). Quick where batches come in their order.
  Span<const Index> rows(Index epoch, Index number);

 private:
  using Runs = std::vector<Index>;
  Runs runs_of(Index epoch) const;
  Runs window(const Runs& all, Index number) const;
  Index rows_of(const Runs& runs) const;
  void append(const Runs& runs);
  void fetch_following(Index rows_done);

  Dataset data_;
  Index rows_ = 0, batch_ = 1;
  bool shuffle_ = true;
  Stream stream_;
  Index run_ = 0, runs_ = 0, runs_of_window_ = 1;

  Index epoch_ = -1;
  Runs all_;                  ///< of the epoch, in their order
  Index windows_ = 0;         ///< groups of runs that are shuffled together: those passed or begun
  Index first_ = 0;           ///< the place of order_ in the epoch
  std::vector<Index> order_;  ///< rows that are due, the last of them of the newest window
  Runs newest_, following_;   ///< that window and the one after it
  std::size_t fetched_ = 0;   ///< runs of following_ that were announced
};

}  // namespace harmonium
