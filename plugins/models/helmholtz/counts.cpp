#include "counts.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {

void check_frequencies(const std::string& part, const DataSpec& data, Specs& outputs) {
  if (part.empty()) return;
  const PartSpec* found = data.find(part);
  if (!found || found->width != 1)
    outputs.problem("with.frequencies", fmt::format("the data have no part '{}' of one column", part));
}

std::vector<double> counts_of(const Dataset& data, const std::string& part) {
  std::vector<double> counts(static_cast<std::size_t>(data.rows()), 1);
  if (part.empty()) return counts;
  Tensor column = Tensor::matrix(data.rows(), 1);
  data.read(data.part(part), 0, data.rows(), column.view());
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i] = static_cast<double>(column.data<float>()[i]);
    if (!(counts[i] >= 0))
      throw BadData(fmt::format("row {} of '{}' has {}, which is not how often a row counts", i + 1, part, counts[i]));
    sum += counts[i];
  }
  if (!(sum > 0)) throw BadData(fmt::format("'{}' is zero in every row", part));
  for (double& count : counts) count *= static_cast<double>(counts.size()) / sum;
  return counts;
}

}  // namespace harmonium::helmholtz
