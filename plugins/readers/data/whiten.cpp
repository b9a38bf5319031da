#include "whiten.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "covariance.hpp"
#include "fitting.hpp"
#include "harmonium/eigen.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/products.hpp"
#include "harmonium/stored_rows.hpp"

namespace harmonium {

namespace {

constexpr Index block = 4096;

/// One part is in memory or in the store, the others are as they were.
class Replaced final : public RowSource {
 public:
  Replaced(std::shared_ptr<const RowSource> values, Index part, std::shared_ptr<const RowSource> others)
      : values_(std::move(values)), part_(part), others_(std::move(others)) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    if (part == part_)
      values_->read(0, rows, pass, out);
    else
      others_->read(part, rows, pass, out);
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override {
    if (part == part_)
      values_->fetch_ahead(0, rows);
    else
      others_->fetch_ahead(part, rows);
  }

 private:
  std::shared_ptr<const RowSource> values_;
  Index part_;
  std::shared_ptr<const RowSource> others_;
};

}  // namespace

void Whiten::State::visit(Visitor& visitor) {
  visitor("rows", *rows);
  visitor("done", done);
  visitor("mean", mean);
  visitor("variances", variances);
  visitor("transform", transform);
}

void Whiten::describe(NodeType<Whiten>& type) {
  type.says("Whitens: every column has variance 1 and none is correlated with another.")
      .cites("Bell, Sejnowski 1997; Hyvarinen, Hurri, Hoyer 2009");
  type.input<Dataset>("data", "What to whiten.");
  type.optional_input<Dataset>("fitted_on",
                               "Where means and covariances are found instead: for test data, the training data.");
  type.parameter("method", &Whiten::method)
      .one_of({"zca", "pca"})
      .says("Turned back, so that images stay images (zca), or as principal components, the largest first (pca).");
  type.parameter("components", &Whiten::components)
      .at_least(0)
      .says("How many principal components are kept, those of the largest variance; 0: all.");
  type.parameter("regularisation", &Whiten::regularisation)
      .at_least(0)
      .says(
          "What is added to the variance of every component, as a share of their mean: components that are little "
          "but noise are not blown up.");
  type.parameter("part", &Whiten::part).says("The part that is whitened; others pass unchanged.");
  type.output<Dataset>("data", "The same rows, whitened.");
  type.output<Table>("components", "The variance of every principal component before whitening, and their sum so far.");
}

DataSpec Whiten::whitened(DataSpec spec) const {
  for (PartSpec& each : spec.parts)
    if (each.name == part && method == "pca") {
      each.shape.clear();
      if (components > 0) each.width = components;
    }
  return spec;
}

void Whiten::outputs(const Specs& in, Specs& out) const {
  check_part(in, part, out);
  const DataSpec& data = in.get<Dataset>("data");
  if (const PartSpec* found = data.find(part)) {
    if (components > found->width)
      out.problem("with.components", fmt::format("'{}' has {} columns and no more components, but {} are to be kept",
                                                 part, found->width, components));
    if (found->width > most_columns)
      out.problem("in.data",
                  fmt::format("'{}' has {} columns; up to {} are whitened", part, found->width, most_columns));
  }
  out.set<Dataset>("data", whitened(data));
  out.set<Table>("components", {});
}

Whiten::State Whiten::start(const Inputs& in, Context& context) const {
  const Dataset& fitted = fitting_data(in);
  State state;
  state.mean = summarise_part(fitted, part, context).mean;
  const SymmetricEigen eigen = eigen_of_symmetric(covariance_of(fitted, fitted.part(part), state.mean).view<double>());
  state.variances = eigen.values;
  const auto width = static_cast<Index>(state.mean.size());
  double sum = 0;
  for (double& value : state.variances) sum += value = std::max(value, 0.0);
  const double added = regularisation * sum / static_cast<double>(width);
  // Below it an eigenvalue is the rounding of float data.
  const double nothing = static_cast<double>(std::numeric_limits<float>::epsilon()) *
                         static_cast<double>(std::numeric_limits<float>::epsilon()) * static_cast<double>(width) *
                         state.variances[0];
  const Index kept = components > 0 ? components : width;
  state.transform = Tensor::matrix(width, method == "pca" ? kept : width);
  const View<float> transform = state.transform.view();
  Index flat = 0;
  for (Index k = 0; k < kept; ++k) {
    const double variance = state.variances[static_cast<std::size_t>(k)];
    if (variance <= nothing) {
      ++flat;
      continue;
    }
    const Span<const double> u = eigen.vectors.view<double>().row(k);
    const double factor = 1 / std::sqrt(variance + added);
    for (Index i = 0; i < width; ++i) {
      if (method == "pca") {
        transform(i, k) = static_cast<float>(factor * u[i]);
        continue;
      }
      for (Index j = 0; j < width; ++j) transform(i, j) += static_cast<float>(factor * u[i] * u[j]);
    }
  }
  if (flat) context.warn(fmt::format("{} of {} components have no variance and were left out", flat, kept));
  const Index shape[] = {in.get<Dataset>("data").rows(), transform.columns};
  *state.rows = context.on_disk("rows", Element::float32, {shape, 2});
  return state;
}

bool Whiten::advance(State& state, const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const Index count = std::min(block, data.rows() - state.done);
  Tensor rows = Tensor::matrix(count, static_cast<Index>(state.mean.size()));
  data.read(data.part(part), state.done, count, rows.view());
  for (Index i = 0; i < count; ++i)
    for (Index j = 0; j < rows.columns(); ++j)
      rows.view()(i, j) =
          static_cast<float>(static_cast<double>(rows.view()(i, j)) - state.mean[static_cast<std::size_t>(j)]);
  const View<const float> centred = rows.view(), transform = state.transform.view();
  product(centred, transform, state.rows->view().row_range(state.done, count));
  state.done += count;
  context.progress(static_cast<double>(state.done), static_cast<double>(data.rows()), "rows");
  return state.done < data.rows();
}

void Whiten::finish(State& state, const Inputs& in, Outputs& out) const {
  const Dataset& data = in.get<Dataset>("data");
  const DataSpec spec = whitened(data.spec());
  const Index number = data.part(part);
  const Dataset rows = stored_rows({spec.rows, {spec.part(part)}}, {state.rows});
  out.set("data", Dataset(spec, std::make_shared<const Replaced>(rows.source(), number, data.source())));
  out.set("components", table_of_components(state.variances));
}

}  // namespace harmonium
