#include "picked_rows.hpp"

#include <algorithm>

#include "harmonium/errors.hpp"
#include "renumbered.hpp"

namespace harmonium {

PickedRows::State PickedRows::picked(const std::vector<Index>& rows) {
  State state;
  *state.rows = Tensor::of<std::int64_t>({static_cast<Index>(rows.size())});
  std::copy(rows.begin(), rows.end(), state.rows->data<std::int64_t>());
  return state;
}

void PickedRows::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto& data = in.get<Dataset>("data");
  const std::shared_ptr<const Tensor> rows = state.rows;
  for (const std::int64_t row : rows->values<std::int64_t>())
    if (row < 0 || row >= data.rows()) throw BadData("the rows saved are not of these data");
  out.set("data", renumbered(data, rows->size(), [rows](Index i) { return rows->data<std::int64_t>()[i]; }));
}

}  // namespace harmonium
