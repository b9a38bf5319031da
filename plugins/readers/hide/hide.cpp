#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/random.hpp"

namespace harmonium {
namespace {

/// Another source with some values of one part hidden, the same ones whenever the row is read.
class Hidden final : public RowSource {
 public:
  Hidden(std::shared_ptr<const RowSource> inner, Index part, Index units, Index hidden, Stream stream)
      : inner_(std::move(inner)), part_(part), units_(units), hidden_(hidden), stream_(stream) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    inner_->read(part, rows, pass, out);
    if (part != part_) return;
    std::vector<Index> order(static_cast<std::size_t>(units_));
    const Index block = out.columns / units_;
    for (Index i = 0; i < rows.size; ++i) {
      permutation(stream_.rows_from(static_cast<std::uint64_t>(rows[i])), order);
      for (Index k = 0; k < hidden_; ++k)
        std::fill_n(out.row(i).data + order[static_cast<std::size_t>(k)] * block, block,
                    std::numeric_limits<float>::quiet_NaN());
    }
  }

 private:
  std::shared_ptr<const RowSource> inner_;
  Index part_, units_, hidden_;
  Stream stream_;
};

/// Hides values on purpose, to see who finds them again.
struct Hide {
  double share = 0.5;
  Index block = 1;
  std::string part = "features";

  static void describe(NodeType<Hide>& type) {
    type.says(
            "Hides a share of the values of each row, chosen at random for each row anew: they become nan, missing. "
            "evaluator.imputation says how well they are found again.")
        .random()
        .view()
        .input<Dataset>("data", "Rows without missing values.")
        .output<Dataset>("data", "The same rows, with holes.");
    type.parameter("share", &Hide::share).at_least(0).at_most(1).says("Of the values of a row, rounded to whole ones.");
    type.parameter("block", &Hide::block)
        .at_least(1)
        .unit("columns")
        .says("Columns that are hidden together: the K of one-of-K units.");
    type.parameter("part", &Hide::part).says("The part in which values are hidden; others pass unchanged.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const DataSpec& data = in.get<Dataset>("data");
    const PartSpec* hidden = data.find(part);
    if (!hidden)
      out.problem("with.part", fmt::format("the data have no part '{}'", part));
    else if (hidden->width % block != 0)
      out.problem("with.block",
                  fmt::format("the {} columns of '{}' cannot be cut into blocks of {}", hidden->width, part, block));
    out.set<Dataset>("data", data);
  }

  Outputs run(const Inputs& in, Context& context) const {
    const auto& data = in.get<Dataset>("data");
    const Index number = data.part(part);
    const Index units = data.spec().parts[static_cast<std::size_t>(number)].width / block;
    const auto hidden = static_cast<Index>(std::lround(share * static_cast<double>(units)));
    Outputs out;
    out.set("data", Dataset(data.spec(), std::make_shared<const Hidden>(data.source(), number, units, hidden,
                                                                        context.stream("hidden"))));
    return out;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Hide>("data.hide"); }
