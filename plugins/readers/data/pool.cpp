#include "pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "fitting.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// Another source with blocks of values of one part summed as they are read.
class Pooled final : public RowSource {
 public:
  Pooled(Dataset units, Index part, Index block) : units_(std::move(units)), part_(part), block_(block) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    if (part != part_) {
      units_.source()->read(part, rows, pass, out);
      return;
    }
    constexpr Index some = 64;
    std::vector<float> memory(static_cast<std::size_t>(std::min(some, rows.size) * out.columns * block_));
    for (Index first = 0; first < rows.size; first += some) {
      const Index count = std::min(some, rows.size - first);
      const View<float> units(memory.data(), count, out.columns * block_);
      units_.source()->read(part, rows.part(first, count), pass, units);
      for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < out.columns; ++j) out(first + i, j) = sum(units.row(i).part(j * block_, block_));
    }
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override { units_.fetch_ahead(part, rows); }

 private:
  float sum(Span<const float> units) const {
    double all = 0;
    for (const float p : units) all += static_cast<double>(p);
    // Probabilities in floats, rounded: their sum may pass 1 by so much, and what is shown to binary units may not.
    const double rounding = 1e-6 * static_cast<double>(block_);
    if (!(all >= -rounding && all <= 1 + rounding))
      throw BadData(
          fmt::format("a block of {} values sums to {:.6g}: these are not the probabilities of units of which at most "
                      "one is on",
                      block_, all));
    return static_cast<float>(std::clamp(all, 0.0, 1.0));
  }

  Dataset units_;
  Index part_, block_;
};

}  // namespace

void Pool::describe(NodeType<Pool>& type) {
  type.says(
          "Makes every block of values one, their sum: of the features of units of which at most one of a block is on "
          "(units.at_most_one, model.conv-rbm with pools) the probability that the block is on.")
      .cites("Lee, Grosse, Ranganath, Ng 2009")
      .view();
  type.input<Dataset>("data", "What to pool, as model.encode gives it.");
  type.parameter("block", &Pool::block)
      .at_least(1)
      .unit("units")
      .says("Units of a pool, lying beside each other: rows times columns of a pool of model.conv-rbm.");
  type.parameter("part", &Pool::part).says("The part that is pooled; others pass unchanged.");
  type.output<Dataset>("data", "The same rows; the last dimension of the part's shape is divided by the block.");
}

DataSpec Pool::pooled(const DataSpec& data) const {
  DataSpec spec = data;
  for (PartSpec& pools : spec.parts) {
    if (pools.name != part) continue;
    pools.width /= block;
    if (!pools.shape.empty() && pools.shape.back() % block == 0)
      pools.shape.back() /= block;
    else
      pools.shape.clear();
  }
  return spec;
}

void Pool::outputs(const Specs& in, Specs& out) const {
  const DataSpec& data = in.get<Dataset>("data");
  Specs unchanged;
  pass_spec(in, part, unchanged);
  for (const Specs::Problem& problem : unchanged.problems()) out.problem(problem.where, problem.message);
  if (const PartSpec* units = data.find(part); units && units->width % block != 0)
    out.problem("with.block",
                fmt::format("the {} values of '{}' cannot be cut into blocks of {}", units->width, part, block));
  out.set<Dataset>("data", pooled(data));
}

Outputs Pool::run(const Inputs& in, Context&) const {
  const Dataset& data = in.get<Dataset>("data");
  Outputs out;
  out.set("data", Dataset(pooled(data.spec()), std::make_shared<Pooled>(data, data.part(part), block)));
  return out;
}

}  // namespace harmonium
