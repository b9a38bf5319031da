#include <algorithm>
#include <stdexcept>

#include "harmonium/connection.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/penalty.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"
#include "harmonium/units.hpp"
#include "harmonium/update.hpp"

namespace harmonium {

Schedule::~Schedule() = default;
UpdateRule::~UpdateRule() = default;
Penalty::~Penalty() = default;
Connection::~Connection() = default;
Sampler::~Sampler() = default;
Units::~Units() = default;

void Penalty::weights(View<const float>, View<float>) const {}
void Penalty::activities(View<const float>, Span<float>, Span<float>) const {}

void Units::natural(View<const float> parameters, View<float> theta) const {
  for (Index k = 0; k < theta.rows; ++k) std::copy_n(parameters.row(k).data, theta.columns, theta.row(k).data);
}

void Units::chain(View<const float>, View<const double> theta_gradient, View<float> gradient) const {
  for (Index k = 0; k < gradient.rows; ++k)
    for (Index j = 0; j < gradient.columns; ++j) gradient(k, j) = static_cast<float>(theta_gradient(k, j));
}

void Units::add_statistics(View<const float> x, double scale, View<double> sums) const {
  if (statistics() != 1) throw std::logic_error("units with several statistics must say how they are added");
  elementwise::add_column_sums(x, scale, sums.row(0));
}

void Units::add_expected_statistics(View<const float>, View<const float>, View<const float> mean, double scale,
                                    View<double> sums) const {
  if (statistics() != 1) throw std::logic_error("units with several statistics must say how they are added");
  elementwise::add_column_sums(mean, scale, sums.row(0));
}

}  // namespace harmonium
