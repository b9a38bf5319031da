#include "shown_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"

namespace harmonium {
namespace {

constexpr Index rows_read_at_once = 1000;

/// Marks what is known of rows as they were read, whose unknown values become 0.
void mark_known(const Layer& layer, Index first, View<float> values, View<std::uint8_t> known) {
  const Index block = layer.units->block(layer.size);
  for (Index i = 0; i < values.rows; ++i)
    for (Index j = 0; j < values.columns; j += block) {
      Index count = 0;
      for (Index k = j; k < j + block; ++k) {
        known(i, k) = values(i, k) == values(i, k) ? 1 : 0;
        count += known(i, k);
        if (known(i, k) == 0) values(i, k) = 0;
      }
      if (count != 0 && count != block)
        throw BadData(
            fmt::format("row {}: of columns {} to {} of '{}', which are one unit of {} states, some are "
                        "missing; all or none may be",
                        first + i + 1, j + 1, j + block, layer.part, block));
    }
}

/// What is known of one layer's columns. Whether data are standardised is no question of single rows: what is judged is
/// whether values can be states, so deviations are left out, and means but of units that are drawn together.
class KnownColumns {
 public:
  explicit KnownColumns(const Layer& layer)
      : layer_(layer), block_(layer.units->block(layer.size)), sum_(static_cast<std::size_t>(layer.size)) {
    columns_.deviation.assign(sum_.size(), 0);
    columns_.minimum.assign(sum_.size(), std::numeric_limits<double>::infinity());
    columns_.maximum.assign(sum_.size(), -std::numeric_limits<double>::infinity());
    count_.assign(sum_.size(), 0);
  }
  void add(View<const float> values, View<const std::uint8_t> known, Index first) {
    for (Index i = 0; i < values.rows; ++i) {
      // A mean over rows would let one that is off make up for another.
      if (block_ > 1) check_row(values.row(i), known.row(i), first + i);
      for (Index j = 0; j < values.columns; ++j) {
        if (known(i, j) == 0) continue;
        const auto at = static_cast<std::size_t>(j);
        const auto value = static_cast<double>(values(i, j));
        sum_[at] += value;
        ++count_[at];
        columns_.minimum[at] = std::min(columns_.minimum[at], value);
        columns_.maximum[at] = std::max(columns_.maximum[at], value);
      }
    }
    columns_.rows += values.rows;
  }
  void check() {
    columns_.mean.assign(sum_.size(), 0);
    for (std::size_t j = 0; j < sum_.size(); ++j) {
      if (count_[j] == 0) columns_.minimum[j] = columns_.maximum[j] = 0;
      if (block_ > 1)
        columns_.mean[j] = count_[j] == 0 ? 1 / static_cast<double>(block_) : sum_[j] / static_cast<double>(count_[j]);
    }
    layer_.units->check(columns_.view());
  }

 private:
  void check_row(Span<const float> values, Span<const std::uint8_t> known, Index row) const {
    ColumnSummary alone;
    alone.rows = 1;
    alone.deviation.assign(sum_.size(), 0);
    for (Index j = 0; j < values.size; ++j) {
      alone.mean.push_back(known[j] ? static_cast<double>(values[j]) : 1 / static_cast<double>(block_));
      alone.minimum.push_back(static_cast<double>(values[j]));
      alone.maximum.push_back(static_cast<double>(values[j]));
    }
    try {
      layer_.units->check(alone.view());
    } catch (const BadData& refused) {
      throw BadData(fmt::format("row {} of '{}': {}", row + 1, layer_.part, refused.what()));
    }
  }

  const Layer& layer_;
  Index block_;
  std::vector<double> sum_;
  std::vector<Index> count_;
  ColumnSummary columns_;
};

}  // namespace

ShownRows unknown_rows(const Network& model, Index rows) {
  ShownRows shown;
  for (const Index l : model.visible()) {
    shown.values.push_back(Tensor::matrix(rows, model.layer(l).size));
    shown.known.push_back(Tensor::of<std::uint8_t>({rows, model.layer(l).size}));
  }
  return shown;
}

ShownRows read_shown(const Network& model, const Dataset& data, Index first, Index count,
                     const std::string& forgotten) {
  ShownRows shown = unknown_rows(model, count);
  const std::vector<Index> visible = model.visible();
  for (std::size_t v = 0; v < visible.size(); ++v) {
    const Layer& layer = model.layer(visible[v]);
    if (layer.part == forgotten || !data.spec().find(layer.part)) continue;
    read_with_missing(data, data.part(layer.part), first, count, shown.values[v].view());
    mark_known(layer, first, shown.values[v].view(), shown.known[v].view<std::uint8_t>());
  }
  return shown;
}

void check_some_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs) {
  std::string shown;
  bool any = false;
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    shown += (shown.empty() ? "'" : ", '") + layer.part + "'";
    const PartSpec* part = data.find(layer.part);
    any = any || part;
    if (part && part->width != layer.size)
      outputs.problem(where, fmt::format("the data's part '{}' has {} columns, but the model's layer '{}' has {} units",
                                         part->name, part->width, layer.name, layer.size));
  }
  if (!any) outputs.problem(where, fmt::format("the data have no part that the model shows, which are {}", shown));
}

void check_known(const Network& model, const Dataset& data) {
  std::vector<KnownColumns> found;
  const std::vector<Index> visible = model.visible();
  for (const Index l : visible) found.emplace_back(model.layer(l));
  for (Index first = 0; first < data.rows(); first += rows_read_at_once) {
    const ShownRows shown = read_shown(model, data, first, std::min(rows_read_at_once, data.rows() - first));
    for (std::size_t v = 0; v < visible.size(); ++v)
      found[v].add(shown.values[v].view(), shown.known[v].view<std::uint8_t>(), first);
  }
  for (KnownColumns& columns : found) columns.check();
}

void demand_classes(const Layer& layer) {
  if (layer.size > 1 && layer.units->block(layer.size) == layer.size) return;
  throw BadPipeline(fmt::format("layer '{}', which shows '{}', has {} of {}; classes are told by several, of which one "
                                "is on",
                                layer.name, layer.part, layer.size, layer.units.type()),
                    "with.part");
}

}  // namespace harmonium
