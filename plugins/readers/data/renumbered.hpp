#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "harmonium/dataset.hpp"

namespace harmonium {

/// Some rows of another source: its row number(i) is given out as row i.
template <class Number>
class Renumbered final : public RowSource {
 public:
  Renumbered(std::shared_ptr<const RowSource> inner, Number number)
      : inner_(std::move(inner)), number_(std::move(number)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    std::array<Index, 512> numbers;
    constexpr auto most = static_cast<Index>(numbers.size());
    for (Index done = 0; done < rows.size; done += most) {
      const Index now = std::min(most, rows.size - done);
      for (Index i = 0; i < now; ++i) numbers[static_cast<std::size_t>(i)] = number_(rows[done + i]);
      inner_->read(part, Span<const Index>(numbers.data(), now), pass, out.row_range(done, now));
    }
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override {
    std::vector<Index> numbers(rows.begin(), rows.end());
    for (Index& row : numbers) row = number_(row);
    inner_->fetch_ahead(part, numbers);
  }

 private:
  std::shared_ptr<const RowSource> inner_;
  Number number_;
};

/// `rows` rows of `data`, row i being the row number(i) of it.
template <class Number>
Dataset renumbered(const Dataset& data, Index rows, Number number) {
  DataSpec spec = data.spec();
  spec.rows = rows;
  return Dataset(std::move(spec), std::make_shared<const Renumbered<Number>>(data.source(), std::move(number)));
}

}  // namespace harmonium
