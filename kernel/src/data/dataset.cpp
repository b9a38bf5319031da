#include "harmonium/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "harmonium/errors.hpp"
#include "harmonium/missing.hpp"
#include "harmonium/tensor.hpp"
#include "numerics/row_blocks.hpp"

namespace harmonium {

namespace {

/// Rows asked for at once when a range is read: their numbers fit the stack.
constexpr Index rows_at_once = 512;
/// Values that one thread reads at once.
constexpr Index elements_at_once = Index{1} << 13;

enum class Missing : std::uint8_t { refused, taken };

/// Throws BadData, with row and column, where a value is nan. A pass over what was read just now.
void refuse_missing(const PartSpec& part, Span<const Index> rows, View<const float> values) {
  for (Index i = 0; i < values.rows; ++i) {
    const Span<const float> row = values.row(i);
    // Counted, so that the loop has no exit and runs over vectors.
    std::int32_t unknown = 0;
    for (Index j = 0; j < row.size; ++j) unknown |= row[j] != row[j] ? 1 : 0;
    if (unknown == 0) continue;
    const float* first = std::find_if(row.begin(), row.end(), [](float value) { return value != value; });
    throw BadData(
        fmt::format("row {}, column {} of '{}' is missing, and rows are needed whole here: data.complete_cases "
                    "leaves such rows out, ask.complete fills in what a model expects",
                    rows[i] + 1, first - row.begin() + 1, part.name));
  }
}

void read_rows(const Dataset& data, Index part, Span<const Index> rows, View<float> out, std::uint64_t pass,
               Missing missing) {
  const DataSpec& spec = data.spec();
  if (part < 0 || part >= static_cast<Index>(spec.parts.size()))
    throw std::logic_error(fmt::format("part {} of a data set of {} was asked for", part, spec.parts.size()));
  const PartSpec& read = spec.parts[static_cast<std::size_t>(part)];
  if (out.rows != rows.size || out.columns != read.width)
    throw std::logic_error(fmt::format("{} rows of {} values were to be read into a matrix of {} x {}", rows.size,
                                       read.width, out.rows, out.columns));
  for (const Index row : rows)
    if (row < 0 || row >= spec.rows)
      throw std::logic_error(fmt::format("row {} of a data set of {} rows was asked for", row, spec.rows));
  // A batch is read while the team would wait for it otherwise.
  const RowBlocks blocks(rows.size, read.width, elements_at_once);
  parallel(blocks.count, [&](Index block) {
    const Index first = blocks.first(block), size = blocks.size(block);
    data.source()->read(part, rows.part(first, size), pass, out.row_range(first, size));
    if (missing == Missing::refused) refuse_missing(read, rows.part(first, size), out.row_range(first, size));
  });
}

void read_range(const Dataset& data, Index part, Index first, Index count, View<float> out, std::uint64_t pass,
                Missing missing) {
  if (out.rows != count)
    throw std::logic_error(fmt::format("{} rows were to be read into a matrix of {}", count, out.rows));
  std::array<Index, rows_at_once> numbers;
  for (Index done = 0; done < count; done += rows_at_once) {
    const Index now = std::min(rows_at_once, count - done);
    for (Index i = 0; i < now; ++i) numbers[static_cast<std::size_t>(i)] = first + done + i;
    read_rows(data, part, Span<const Index>(numbers.data(), now), out.row_range(done, now), pass, missing);
  }
}

}  // namespace

RowSource::~RowSource() = default;
void RowSource::fetch_ahead(Index, Span<const Index>) const {}

Dataset::Dataset(DataSpec spec, std::shared_ptr<const RowSource> source)
    : spec_(std::move(spec)), source_(std::move(source)) {
  if (spec_.rows < 0) throw std::logic_error("a data set was made whose number of rows is not known");
  if (!source_) throw std::logic_error("a data set was made without a source of rows");
}

Index Dataset::part(const std::string& name) const {
  if (const PartSpec* found = spec_.find(name)) return found - spec_.parts.data();
  std::string there;
  for (const PartSpec& each : spec_.parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
  throw BadData(fmt::format("the data have no part '{}', only {}", name, there.empty() ? "none at all" : there));
}

void Dataset::read(Index part, Span<const Index> rows, View<float> out, std::uint64_t pass) const {
  read_rows(*this, part, rows, out, pass, Missing::refused);
}

void Dataset::read(Index part, Index first, Index count, View<float> out, std::uint64_t pass) const {
  read_range(*this, part, first, count, out, pass, Missing::refused);
}

void read_with_missing(const Dataset& data, Index part, Index first, Index count, View<float> out) {
  read_range(data, part, first, count, out, 0, Missing::taken);
}

void Dataset::fetch_ahead(Index part, Span<const Index> rows) const { source_->fetch_ahead(part, rows); }

std::vector<Index> Dataset::classes(const std::string& name) const {
  const Index number = part(name);
  const PartSpec& label = spec_.parts[static_cast<std::size_t>(number)];
  if (label.kind != PartSpec::Kind::category) throw BadData(fmt::format("part '{}' holds numbers, not classes", name));
  std::vector<Index> result(static_cast<std::size_t>(spec_.rows));
  Tensor block = Tensor::matrix(rows_at_once, label.width);
  for (Index first = 0; first < spec_.rows; first += rows_at_once) {
    const View<float> rows = block.view().row_range(0, std::min(rows_at_once, spec_.rows - first));
    read(number, first, rows.rows, rows);
    for (Index i = 0; i < rows.rows; ++i) {
      const Span<float> row = rows.row(i);
      result[static_cast<std::size_t>(first + i)] = std::max_element(row.begin(), row.end()) - row.begin();
    }
  }
  return result;
}

}  // namespace harmonium
