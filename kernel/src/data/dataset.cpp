#include "harmonium/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "harmonium/errors.hpp"
#include "harmonium/tensor.hpp"
#include "numerics/row_blocks.hpp"

namespace harmonium {

namespace {

/// Rows asked for at once when a range is read: their numbers fit the stack.
constexpr Index rows_at_once = 512;
/// Values that one thread reads at once.
constexpr Index elements_at_once = Index{1} << 13;

}  // namespace

RowSource::~RowSource() = default;

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
  if (part < 0 || part >= static_cast<Index>(spec_.parts.size()))
    throw std::logic_error(fmt::format("part {} of a data set of {} was asked for", part, spec_.parts.size()));
  const Index width = spec_.parts[static_cast<std::size_t>(part)].width;
  if (out.rows != rows.size || out.columns != width)
    throw std::logic_error(fmt::format("{} rows of {} values were to be read into a matrix of {} x {}", rows.size,
                                       width, out.rows, out.columns));
  for (const Index row : rows)
    if (row < 0 || row >= spec_.rows)
      throw std::logic_error(fmt::format("row {} of a data set of {} rows was asked for", row, spec_.rows));
  // A batch is read while the team would wait for it otherwise.
  const RowBlocks blocks(rows.size, width, elements_at_once);
  parallel(blocks.count, [&](Index block) {
    const Index first = blocks.first(block), size = blocks.size(block);
    source_->read(part, rows.part(first, size), pass, out.row_range(first, size));
  });
}

void Dataset::read(Index part, Index first, Index count, View<float> out, std::uint64_t pass) const {
  if (out.rows != count)
    throw std::logic_error(fmt::format("{} rows were to be read into a matrix of {}", count, out.rows));
  std::array<Index, rows_at_once> numbers;
  for (Index done = 0; done < count; done += rows_at_once) {
    const Index now = std::min(rows_at_once, count - done);
    for (Index i = 0; i < now; ++i) numbers[static_cast<std::size_t>(i)] = first + done + i;
    read(part, Span<const Index>(numbers.data(), now), out.row_range(done, now), pass);
  }
}

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
