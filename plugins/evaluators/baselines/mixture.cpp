#include "mixture.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"
#include "harmonium/registry.hpp"

namespace harmonium::baselines {
namespace {

/// each(i) for all i, over the team's threads; a few are not worth starting it.
template <class Each>
void for_each_of(Index count, Each&& each) {
  constexpr Index of_block = 64;
  parallel((count + of_block - 1) / of_block, [&](Index number) {
    for (Index i = number * of_block; i < std::min(count, (number + 1) * of_block); ++i) each(i);
  });
}

}  // namespace

void Expected::visit(Visitor& visitor) {
  visitor("counts", counts);
  visitor("ones", ones);
  visitor("log likelihood", log_likelihood);
  visitor("rows", rows);
}

Mixture::Mixture(Tensor weights, Tensor means) : weights_(std::move(weights)), means_(std::move(means)) { prepare(); }

void Mixture::prepare() {
  log_odds_ = means_;
  log_off_.resize(static_cast<std::size_t>(components()));
  const View<const double> mean = std::as_const(means_).view<double>();
  const View<double> odds = log_odds_.view<double>();
  for_each_of(components(), [&](Index k) {
    double off = std::log(weights_.data<double>()[k]);
    for (Index j = 0; j < mean.columns; ++j) {
      const double log_zero = std::log1p(-mean(k, j));
      odds(k, j) = std::log(mean(k, j)) - log_zero;
      off += log_zero;
    }
    log_off_[static_cast<std::size_t>(k)] = off;
  });
}

void Mixture::visit(Visitor& visitor) {
  visitor("weights", weights_);
  visitor("means", means_);
  if (!visitor.loading() || weights_.empty()) return;
  if (weights_.element() != Element::float64 || means_.element() != Element::float64 ||
      means_.rows() != weights_.size())
    throw BadData(fmt::format("a mixture of {} weights and {} components cannot be", weights_.size(), means_.rows()));
  prepare();
}

Mixture Mixture::around(View<const float> rows, const std::vector<double>& means) {
  Tensor weights = Tensor::of<double>({rows.rows}), begun = Tensor::of<double>({rows.rows, rows.columns});
  std::fill_n(weights.data<double>(), rows.rows, 1 / static_cast<double>(rows.rows));
  for (Index k = 0; k < rows.rows; ++k)
    for (Index j = 0; j < rows.columns; ++j)
      begun.view<double>()(k, j) = (static_cast<double>(rows(k, j)) + means[static_cast<std::size_t>(j)]) / 2;
  return {std::move(weights), std::move(begun)};
}

Mixture Mixture::maximised(const Expected& expected, const Prior& prior) {
  Tensor weights = expected.counts, means = expected.ones;
  const auto components = static_cast<double>(weights.size());
  for (Index k = 0; k < weights.size(); ++k) {
    double& weight = weights.data<double>()[k];
    const View<double> mean = means.view<double>();
    for (Index j = 0; j < mean.columns; ++j)
      mean(k, j) = kept_inside((mean(k, j) + prior.strength * prior.means[static_cast<std::size_t>(j)]) /
                               (weight + prior.strength));
    weight = (weight + prior.strength / 2) / (static_cast<double>(expected.rows) + components * prior.strength / 2);
  }
  return {std::move(weights), std::move(means)};
}

void Mixture::posterior(View<const float> rows, Span<double> log_p) const {
  const Index k = components();
  if (rows_.rows() < rows.rows) {
    rows_ = Tensor::of<double>({rows.rows, rows.columns});
    posterior_ = Tensor::of<double>({rows.rows, k});
  }
  const View<double> x = rows_.view<double>().row_range(0, rows.rows);
  const View<double> of_rows = posterior_.view<double>().row_range(0, rows.rows);
  for_each_of(rows.rows, [&](Index i) { std::copy_n(rows.row(i).data, rows.columns, x.row(i).data); });
  product(Transpose::no, View<const double>(x), Transpose::yes, log_odds_.view<double>(), of_rows);
  for_each_of(rows.rows, [&](Index i) {
    const Span<double> p = of_rows.row(i);
    for (Index c = 0; c < k; ++c) p[c] += log_off_[static_cast<std::size_t>(c)];
    const double most = *std::max_element(p.begin(), p.end());
    double sum = 0;
    for (double& value : p) sum += value = std::exp(value - most);
    for (double& value : p) value /= sum;
    log_p[i] = most + std::log(sum);
  });
}

void Mixture::log_probabilities(View<const float> rows, Span<double> out) const { posterior(rows, out); }

Expected Mixture::nothing_expected() const {
  return {Tensor(Element::float64, weights_.shape()), Tensor(Element::float64, means_.shape()), 0, 0};
}

void Mixture::expect(View<const float> rows, Expected& expected) const {
  double log_p[block_rows];
  posterior(rows, {log_p, rows.rows});
  const View<const double> of_rows = std::as_const(posterior_).view<double>().row_range(0, rows.rows);
  product(Transpose::yes, of_rows, Transpose::no, std::as_const(rows_).view<double>().row_range(0, rows.rows),
          expected.ones.view<double>(), 1, 1);
  double* counts = expected.counts.data<double>();
  for (Index i = 0; i < rows.rows; ++i) {
    expected.log_likelihood += log_p[i];
    const double* p = of_rows.row(i).data;
    for (Index c = 0; c < of_rows.columns; ++c) counts[c] += p[c];
  }
  expected.rows += rows.rows;
}

double Mixture::log_prior(const Prior& prior) const {
  double sum = 0;
  const View<const double> mean = means_.view<double>();
  for (Index k = 0; k < components(); ++k) {
    sum += prior.strength / 2 * std::log(weights_.data<double>()[k]);
    for (Index j = 0; j < mean.columns; ++j) {
      const double m = prior.means[static_cast<std::size_t>(j)];
      sum += prior.strength * (m * std::log(mean(k, j)) + (1 - m) * std::log1p(-mean(k, j)));
    }
  }
  return sum;
}

Network mixture_skeleton(const PartSpec& part, Index components) {
  Network network;
  network.add({"visible", make_value<Units>("units.bernoulli"), part.width, part.shape, true, part.name, {}});
  network.add({"component", make_value<Units>("units.softmax"), components, {}, false, "", {}});
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  return network;
}

Network Mixture::network(const PartSpec& part, const std::vector<double>& means) const {
  Network network = mixture_skeleton(part, components());
  // p(x_j = 1 | k) = sigmoid(b_j + W_jk) asks for W_jk = log-odds(mu_kj) - b_j, and summing x out of p(x, k) for
  // c_k = log w_k - sum_j log(1 + exp(log-odds(mu_kj))) = log w_k + sum_j log(1 - mu_kj).
  for (Index j = 0; j < part.width; ++j) {
    const double mean = means[static_cast<std::size_t>(j)];
    const auto bias = static_cast<float>(std::log(mean) - std::log1p(-mean));
    network.layer(0).parameters.data<float>()[j] = bias;
    for (Index k = 0; k < components(); ++k)
      network.link(0).weights.view()(j, k) =
          static_cast<float>(log_odds_.view<double>()(k, j) - static_cast<double>(bias));
  }
  std::transform(log_off_.begin(), log_off_.end(), network.layer(1).parameters.data<float>(),
                 [](double value) { return static_cast<float>(value); });
  return network;
}

}  // namespace harmonium::baselines
