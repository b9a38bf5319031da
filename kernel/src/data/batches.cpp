#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "harmonium/dataset.hpp"

namespace harmonium {

namespace {

/// Up to so many, data are shuffled as a whole: at most 4 GiB in single precision, which the system keeps in memory.
constexpr Index values_in_memory = Index{1} << 30;
constexpr Index rows_in_memory = Index{1} << 24;
/// Long enough for a disk to be read at nearly its full speed: 1 MiB of bytes.
constexpr Index values_of_run = Index{1} << 20;
/// A batch comes from so many places all over the data.
constexpr Index runs_of_window = 256;

Index values_of_row(const DataSpec& spec) {
  Index values = 0;
  for (const PartSpec& part : spec.parts) values += part.kind == PartSpec::Kind::category ? 1 : part.width;
  return std::max<Index>(values, 1);
}

}  // namespace

Batches::Batches(Dataset data, Index batch, bool shuffle, Stream stream)
    : data_(std::move(data)), rows_(data_.rows()), batch_(batch), shuffle_(shuffle), stream_(stream), run_(rows_) {
  if (batch < 1) throw std::logic_error("batches must have at least one row");
  const Index values = values_of_row(data_.spec());
  if (rows_ > std::min(rows_in_memory, values_in_memory / values)) {
    run_ = std::clamp<Index>(values_of_run / values, 1, rows_in_memory / runs_of_window);
    runs_of_window_ = runs_of_window;
  }
  if (rows_ > 0) runs_ = (rows_ + run_ - 1) / run_;
}

Span<const Index> Batches::rows(Index epoch, Index number) {
  if (number < 0 || number >= per_epoch()) throw std::logic_error("an epoch has no batch of that number");
  const Index first = number * batch_, end = std::min(first + batch_, rows_);
  if (epoch != epoch_ || first < first_) {
    epoch_ = epoch;
    all_ = runs_of(epoch);
    order_.clear();
    windows_ = first_ = 0;
  }
  while (first_ + static_cast<Index>(order_.size()) < end) {
    const Index past = std::min(first - first_, static_cast<Index>(order_.size()));
    order_.erase(order_.begin(), order_.begin() + past);
    first_ += past;
    const Runs runs = window(all_, windows_);
    // Windows before the place where work goes on after a break are passed over.
    if (first_ + rows_of(runs) <= first)
      first_ += rows_of(runs);
    else
      append(runs);
    ++windows_;
  }
  const Index left = first_ + static_cast<Index>(order_.size()) - end;
  fetch_following(rows_of(newest_) - left);
  return Span<const Index>(order_).part(first - first_, end - first);
}

Batches::Runs Batches::runs_of(Index epoch) const {
  Runs runs(static_cast<std::size_t>(runs_));
  if (shuffle_)
    permutation(stream_.purpose("runs").at(static_cast<std::uint64_t>(epoch)), runs);
  else
    std::iota(runs.begin(), runs.end(), Index{0});
  return runs;
}

Batches::Runs Batches::window(const Runs& all, Index number) const {
  const auto first = all.begin() + number * runs_of_window_;
  Runs runs(first, first + std::min<Index>(runs_of_window_, all.end() - first));
  // The last run of the data may be shorter than others: rows are numbered through where it is the last here, too.
  std::sort(runs.begin(), runs.end());
  return runs;
}

Index Batches::rows_of(const Runs& runs) const {
  const Index missing = runs.back() == runs_ - 1 ? runs_ * run_ - rows_ : 0;
  return static_cast<Index>(runs.size()) * run_ - missing;
}

void Batches::append(const Runs& runs) {
  const Index count = rows_of(runs), before = static_cast<Index>(order_.size());
  order_.resize(order_.size() + static_cast<std::size_t>(count));
  const Span<Index> rows = Span<Index>(order_).part(before, count);
  if (shuffle_)
    permutation(stream_.at(static_cast<std::uint64_t>(epoch_)).rows_from(static_cast<std::uint64_t>(windows_)), rows);
  else
    std::iota(rows.begin(), rows.end(), Index{0});
  for (Index& row : rows) row = runs[static_cast<std::size_t>(row / run_)] * run_ + row % run_;
  newest_ = runs;
  if (following_ != runs) {
    following_ = runs;
    fetched_ = 0;
  }
  fetch_following(count);
  const bool last = (windows_ + 1) * runs_of_window_ >= runs_;
  following_ = last ? window(runs_of(epoch_ + 1), 0) : window(all_, windows_ + 1);
  fetched_ = 0;
}

void Batches::fetch_following(Index rows_done) {
  // What fits in memory as a whole comes there by being read.
  if (runs_ == 1) return;
  // While a window is read the next one is fetched little by little.
  const auto due = static_cast<std::size_t>(static_cast<Index>(following_.size()) * rows_done / rows_of(newest_));
  std::vector<Index> rows;
  for (; fetched_ < due; ++fetched_) {
    const Index first = following_[fetched_] * run_;
    rows.resize(static_cast<std::size_t>(std::min(run_, rows_ - first)));
    std::iota(rows.begin(), rows.end(), first);
    for (std::size_t part = 0; part < data_.spec().parts.size(); ++part)
      data_.fetch_ahead(static_cast<Index>(part), rows);
  }
}

}  // namespace harmonium
