#include "covariance.hpp"

#include <algorithm>
#include <string>

#include "harmonium/products.hpp"

namespace harmonium {

Tensor covariance_of(const Dataset& data, Index part, const std::vector<double>& mean) {
  constexpr Index block = 4096;
  const auto width = static_cast<Index>(mean.size());
  Tensor covariance = Tensor::of<double>({width, width}), centred = Tensor::of<double>({block, width});
  Tensor rows = Tensor::matrix(block, width);
  for (Index first = 0; first < data.rows(); first += block) {
    const Index count = std::min(block, data.rows() - first);
    data.read(part, first, count, rows.view().row_range(0, count));
    for (Index i = 0; i < count; ++i)
      for (Index j = 0; j < width; ++j)
        centred.view<double>()(i, j) = static_cast<double>(rows.view()(i, j)) - mean[static_cast<std::size_t>(j)];
    const View<const double> some = centred.view<double>().row_range(0, count);
    product(Transpose::yes, some, Transpose::no, some, covariance.view<double>(), 1 / static_cast<double>(data.rows()),
            1);
  }
  return covariance;
}

Table table_of_components(const std::vector<double>& variances) {
  Table table{"principal components", "component", {"variance", "explained"}, {"", "%"}, {}};
  double sum = 0, total = 0;
  for (const double variance : variances) total += variance;
  for (std::size_t k = 0; k < variances.size(); ++k) {
    sum += variances[k];
    table.rows.push_back({std::to_string(k + 1), {variances[k], total > 0 ? 100 * sum / total : 0}});
  }
  return table;
}

}  // namespace harmonium
