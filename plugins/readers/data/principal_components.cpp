#include "principal_components.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "covariance.hpp"
#include "fitting.hpp"
#include "harmonium/eigen.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {

void PrincipalComponents::describe(NodeType<PrincipalComponents>& type) {
  type.says(
          "Finds principal components, as a linear autoencoder: of all of so many components the one of the least "
          "squared error on the rows it was found on.")
      .cites("Bourlard, Kamp 1988; Baldi, Hornik 1989")
      .input<Dataset>("data", "What the components are found on.")
      .output<Feedforward>("autoencoder", "From rows to their reconstructions.")
      .output<Feedforward>("encoder", "From rows to components.")
      .output<Feedforward>("decoder", "From components to rows.")
      .output<Table>("components", "The variance of every principal component, and their sum so far.");
  type.parameter("components", &PrincipalComponents::components)
      .at_least(0)
      .says("How many are kept, those of the largest variance; 0: all.");
  type.parameter("part", &PrincipalComponents::part).says("The part of the data.");
}

void PrincipalComponents::outputs(const Specs& in, Specs& out) const {
  check_part(in, part, out);
  Index width = 0;
  Tensor::Shape shape;
  if (const PartSpec* found = in.get<Dataset>("data").find(part)) {
    width = found->width;
    shape = found->shape;
    if (components > width)
      out.problem("with.components", fmt::format("'{}' has {} columns and no more components, but {} are to be kept",
                                                 part, width, components));
    if (width > most_columns)
      out.problem("in.data",
                  fmt::format("'{}' has {} columns; components are found of up to {}", part, width, most_columns));
  }
  const Index kept = components > 0 ? components : width;
  out.set<Feedforward>("autoencoder", {width, width, {}, part, shape, shape});
  out.set<Feedforward>("encoder", {width, kept, {}, part, shape});
  out.set<Feedforward>("decoder", {kept, width, {}, part, {}, shape});
  out.set<Table>("components", {});
}

Outputs PrincipalComponents::run(const Inputs& in, Context& context) const {
  const Dataset& data = in.get<Dataset>("data");
  const std::vector<double> mean = summarise_part(data, part, context).mean;
  SymmetricEigen eigen = eigen_of_symmetric(covariance_of(data, data.part(part), mean).view<double>());
  for (double& variance : eigen.values) variance = std::max(variance, 0.0);
  const auto width = static_cast<Index>(mean.size());
  const Index kept = components > 0 ? components : width;
  // Gaussian units of precision 1 give their input and bias.
  const auto linear = make_value<Units>("units.gaussian");
  Feedforward encoder, decoder, whole;
  encoder.part = decoder.part = whole.part = part;
  encoder.input_shape = whole.input_shape = decoder.output_shape = whole.output_shape = data.spec().part(part).shape;
  encoder.stages.push_back({linear, Tensor::matrix(width, kept), Tensor::matrix(1, kept)});
  decoder.stages.push_back({linear, Tensor::matrix(kept, width), Tensor::matrix(1, width)});
  for (Index k = 0; k < kept; ++k) {
    const Span<const double> u = eigen.vectors.view<double>().row(k);
    double at_mean = 0;
    for (Index i = 0; i < width; ++i) {
      encoder.stages[0].weights.view()(i, k) = decoder.stages[0].weights.view()(k, i) = static_cast<float>(u[i]);
      at_mean += u[i] * mean[static_cast<std::size_t>(i)];
    }
    encoder.stages[0].parameters.view()(0, k) = static_cast<float>(-at_mean);
  }
  for (Index i = 0; i < width; ++i)
    decoder.stages[0].parameters.view()(0, i) = static_cast<float>(mean[static_cast<std::size_t>(i)]);
  whole.stages = {encoder.stages[0], decoder.stages[0]};
  Outputs out;
  out.set("autoencoder", std::move(whole));
  out.set("encoder", std::move(encoder));
  out.set("decoder", std::move(decoder));
  out.set("components", table_of_components(eigen.values));
  return out;
}

}  // namespace harmonium
