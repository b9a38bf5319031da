#include "sample.hpp"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "fitting.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

constexpr const char* made_drawn = "drawn";

class Sampled final : public RowSource {
 public:
  Sampled(std::shared_ptr<const RowSource> inner, Index part, Stream stream)
      : inner_(std::move(inner)), part_(part), stream_(stream) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    inner_->read(part, rows, pass, out);
    if (part != part_) return;
    for (Index i = 0; i < out.rows; ++i) {
      std::vector<Index> missing;
      for (Index j = 0; j < out.columns; ++j) {
        const float value = out(i, j);
        if (value != value)
          missing.push_back(j);
        else if (!(value >= 0 && value <= 1))
          throw BadData(fmt::format("row {} has {}, which is no probability: put the data through data.scale first",
                                    rows[i] + 1, value));
      }
      const View<float> row = out.row_range(i, 1);
      elementwise::bernoulli(row, stream_.at(pass).rows_from(static_cast<std::uint64_t>(rows[i])), row);
      for (const Index j : missing) out(i, j) = std::numeric_limits<float>::quiet_NaN();
    }
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override { inner_->fetch_ahead(part, rows); }

 private:
  std::shared_ptr<const RowSource> inner_;
  Index part_;
  Stream stream_;
};

}  // namespace

void Sample::describe(NodeType<Sample>& type) {
  type.says(
          "Draws 0 or 1 for every value in [0, 1], which is the probability of 1: anew at every presentation to a "
          "trainer; whatever looks at the data once always sees the same draws.")
      .cites("Salakhutdinov, Murray 2008")
      .view()
      .random();
  type.input<Dataset>("data", "What to draw from.");
  type.parameter("part", &Sample::part).says("The part that is drawn; others pass unchanged.");
  type.output<Dataset>("data", "The same rows.");
}

void Sample::outputs(const Specs& in, Specs& out) const { pass_spec_made(in, part, made_drawn, out); }

Outputs Sample::run(const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  Outputs out;
  out.set("data", Dataset(made_binary(data.spec(), part, made_drawn),
                          std::make_shared<const Sampled>(data.source(), data.part(part), context.stream("values"))));
  return out;
}

}  // namespace harmonium
