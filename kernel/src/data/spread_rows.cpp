#include "harmonium/spread_rows.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace harmonium {
namespace {

class SpreadRows final : public RowSource {
 public:
  SpreadRows(Dataset data, Index count) : data_(std::move(data)), count_(count) {}
  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    std::vector<Index> spread(rows.begin(), rows.end());
    for (Index& row : spread) row = row * data_.rows() / count_;
    data_.source()->read(part, spread, pass, out);
  }

 private:
  Dataset data_;
  Index count_;
};

}  // namespace

Dataset spread_rows(const Dataset& data, Index most) {
  if (data.rows() <= most) return data;
  DataSpec spec = data.spec();
  spec.rows = most;
  return {spec, std::make_shared<SpreadRows>(data, most)};
}

}  // namespace harmonium
