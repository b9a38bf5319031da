#include "encoded.hpp"

#include <algorithm>
#include <utility>

#include "harmonium/stored_rows.hpp"

namespace harmonium {
namespace {

/// Rows that were computed, beside the parts of the data that they were not computed from.
class Encoded final : public RowSource {
 public:
  Encoded(Dataset values, Dataset data, std::vector<Index> carried)
      : values_(std::move(values)), data_(std::move(data)), carried_(std::move(carried)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    if (part == 0)
      values_.source()->read(0, rows, pass, out);
    else
      data_.read(carried_[static_cast<std::size_t>(part - 1)], rows, out, pass);
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override {
    if (part == 0)
      values_.fetch_ahead(0, rows);
    else
      data_.fetch_ahead(carried_[static_cast<std::size_t>(part - 1)], rows);
  }

 private:
  Dataset values_;
  Dataset data_;
  std::vector<Index> carried_;
};

std::vector<Index> carried(const DataSpec& data, const std::vector<std::string>& consumed) {
  std::vector<Index> rest;
  for (std::size_t i = 0; i < data.parts.size(); ++i)
    if (std::find(consumed.begin(), consumed.end(), data.parts[i].name) == consumed.end())
      rest.push_back(static_cast<Index>(i));
  return rest;
}

}  // namespace

DataSpec encoded(const DataSpec& data, PartSpec computed, const std::vector<std::string>& consumed) {
  DataSpec spec{data.rows, {std::move(computed)}};
  for (const Index part : carried(data, consumed)) spec.parts.push_back(data.parts[static_cast<std::size_t>(part)]);
  return spec;
}

Dataset encoded(const Dataset& data, PartSpec computed, std::shared_ptr<const Tensor> values,
                const std::vector<std::string>& consumed) {
  const Dataset rows = stored_rows({data.rows(), {computed}}, {std::move(values)});
  return {encoded(data.spec(), std::move(computed), consumed),
          std::make_shared<Encoded>(rows, data, carried(data.spec(), consumed))};
}

}  // namespace harmonium
