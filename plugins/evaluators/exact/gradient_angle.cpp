#include "gradient_angle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "enumerable.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/enumeration.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"

namespace harmonium {
namespace {

/// A machine whose units of one side are independent given the other side: an RBM, perhaps with several layers a side.
/// A state of a side is a number with a bit for each unit; a law is one probability for each state.
class TwoSides {
 public:
  explicit TwoSides(const Network& network) : machine_(network) {
    Index unit = 0;
    for (const Layer& layer : network.layers())
      for (Index j = 0; j < layer.size; ++j) (layer.visible ? visible_ : hidden_).push_back(unit++);
  }

  std::size_t visible_states() const { return std::size_t{1} << visible_.size(); }

  /// One sweep of block Gibbs sampling.
  std::vector<double> swept(const std::vector<double>& law) const {
    return pushed(pushed(law, visible_, hidden_), hidden_, visible_);
  }

  /// exp(-F(v)) / Z.
  std::vector<double> own_law() const {
    std::vector<double> law(visible_states()), input(hidden_.size());
    for (std::size_t v = 0; v < law.size(); ++v) {
      inputs(v, visible_, hidden_, input);
      double log_p = 0;
      for (std::size_t i = 0; i < visible_.size(); ++i)
        if (v >> i & 1) log_p += machine_.bias[static_cast<std::size_t>(visible_[i])];
      for (const double x : input) log_p += std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
      law[v] = log_p;
    }
    const double most = *std::max_element(law.begin(), law.end());
    for (double& value : law) value = std::exp(value - most);
    const double z = std::accumulate(law.begin(), law.end(), 0.0);
    for (double& value : law) value /= z;
    return law;
  }

  /// Expectations of v h', v and h, in the machine's own states.
  std::vector<double> statistics(const std::vector<double>& law) const {
    const std::size_t n = visible_.size(), m = hidden_.size();
    std::vector<double> sums(n * m + n + m, 0.0), mean(m), shown(n);
    for (std::size_t v = 0; v < law.size(); ++v) {
      if (law[v] == 0) continue;
      inputs(v, visible_, hidden_, mean);
      for (std::size_t j = 0; j < m; ++j) mean[j] = value(hidden_[j], 1 / (1 + std::exp(-mean[j])));
      for (std::size_t i = 0; i < n; ++i) shown[i] = value(visible_[i], v >> i & 1 ? 1 : 0);
      for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j) sums[i * m + j] += law[v] * shown[i] * mean[j];
      for (std::size_t i = 0; i < n; ++i) sums[n * m + i] += law[v] * shown[i];
      for (std::size_t j = 0; j < m; ++j) sums[n * m + n + j] += law[v] * mean[j];
    }
    return sums;
  }

  /// The law of the rows of a data set.
  std::vector<double> law_of(const Network& network, const Dataset& data) const {
    std::vector<std::size_t> state(static_cast<std::size_t>(data.rows()), 0);
    std::size_t bit = 0;
    for (const Index l : network.visible()) {
      const Layer& layer = network.layer(l);
      Tensor rows = Tensor::matrix(data.rows(), layer.size);
      data.read(data.part(layer.part), 0, data.rows(), rows.view());
      demand_states(layer, rows.view(), 0);
      for (Index j = 0; j < layer.size; ++j, ++bit) {
        const auto unit = static_cast<std::size_t>(visible_[bit]);
        for (Index i = 0; i < data.rows(); ++i) {
          const double x = rows.view()(i, j);
          if (x == machine_.high[unit]) state[static_cast<std::size_t>(i)] |= std::size_t{1} << bit;
        }
      }
    }
    std::vector<double> law(visible_states(), 0.0);
    for (const std::size_t v : state) law[v] += 1 / static_cast<double>(data.rows());
    return law;
  }

 private:
  /// A unit's state, or its mean, from how likely it is on.
  double value(Index unit, double on) const {
    const auto u = static_cast<std::size_t>(unit);
    return machine_.low[u] + (machine_.high[u] - machine_.low[u]) * on;
  }

  /// log odds of each unit of one side being on, given a state of the other.
  void inputs(std::size_t state, const std::vector<Index>& from, const std::vector<Index>& to,
              std::vector<double>& out) const {
    for (std::size_t j = 0; j < to.size(); ++j) {
      out[j] = machine_.bias[static_cast<std::size_t>(to[j])];
      for (std::size_t i = 0; i < from.size(); ++i)
        if (state >> i & 1) out[j] += machine_.coupling[static_cast<std::size_t>(to[j] * machine_.units() + from[i])];
    }
  }

  /// sum over a of p(a) p(b | a), b being independent units.
  std::vector<double> pushed(const std::vector<double>& law, const std::vector<Index>& from,
                             const std::vector<Index>& to) const {
    std::vector<double> sums(std::size_t{1} << to.size(), 0.0), each(sums.size()), input(to.size());
    for (std::size_t a = 0; a < law.size(); ++a) {
      if (law[a] == 0) continue;
      inputs(a, from, to, input);
      each[0] = law[a];
      for (std::size_t j = 0; j < to.size(); ++j) {
        const double on = 1 / (1 + std::exp(-input[j])), off = 1 / (1 + std::exp(input[j]));
        const std::size_t half = std::size_t{1} << j;
        for (std::size_t b = 0; b < half; ++b) {
          each[b + half] = each[b] * on;
          each[b] *= off;
        }
      }
      for (std::size_t b = 0; b < sums.size(); ++b) sums[b] += each[b];
    }
    return sums;
  }

  TwoStateMachine machine_;
  std::vector<Index> visible_, hidden_;
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> all(a.size());
  std::transform(a.begin(), a.end(), b.begin(), all.begin(), std::minus<>());
  return all;
}

}  // namespace

void GradientAngle::describe(NodeType<GradientAngle>& type) {
  type.says(
          "How far contrastive divergence points from the gradient of the log-likelihood: the angle between its "
          "expectation and the exact gradient, both by adding up all states of a small RBM.")
      .cites("Carreira-Perpinan, Hinton 2005; Bengio, Delalleau 2009")
      .input<Network>("model", "An RBM of up to 20 binary units or spins.")
      .input<Dataset>("data", "The rows that it learns from.")
      .output<Table>("table",
                     "A row for each number of steps: angle, its cosine, length beside the exact gradient's, and the "
                     "share of parameters that would move the right way.");
  type.parameter("steps", &GradientAngle::steps)
      .at_least(1)
      .at_most(1e5)
      .unit("sweeps")
      .says("Steps of contrastive divergence, in rising order.");
}

void GradientAngle::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  demand_enumerable(model, most_units, out);
  check_shown(model, in.get<Dataset>("data"), "in.data", out);
  for (const LinkSpec& link : model.links) {
    const LayerSpec &a = model.layers[static_cast<std::size_t>(link.a)],
                    &b = model.layers[static_cast<std::size_t>(link.b)];
    if (a.visible == b.visible || link.connection != "connection.dense")
      out.problem("in.model", fmt::format("'{}' and '{}' are joined by {}: the angle is known of RBMs, whose visible "
                                          "and hidden units are joined by connection.dense",
                                          a.name, b.name, link.connection));
    if (!link.tied.empty())
      out.problem("in.model", fmt::format("the weights between '{}' and '{}' are tied: the angle is known of "
                                          "connections with weights of their own",
                                          a.name, b.name));
  }
  if (model.hidden_units() == 0) out.problem("in.model", "the model has no hidden units");
  if (static_cast<Index>(model.links.size()) <
      std::count_if(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.visible; }) *
          std::count_if(model.layers.begin(), model.layers.end(),
                        [](const LayerSpec& layer) { return !layer.visible; }))
    out.problem("in.model", "every visible layer must be joined to every hidden one");
  if (steps.empty()) out.problem("with.steps", "at least one number of steps is needed");
  if (!std::is_sorted(steps.begin(), steps.end())) out.problem("with.steps", "the numbers must rise");
  out.set<Table>("table", {});
}

Outputs GradientAngle::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  const TwoSides machine(network);
  std::vector<double> law = machine.law_of(network, data);
  const std::vector<double> clamped = machine.statistics(law);
  const std::vector<double> exact = difference(clamped, machine.statistics(machine.own_law()));
  const double length = std::sqrt(dot(exact, exact));
  if (length == 0) throw RunFailed("the exact gradient is zero, so nothing has an angle with it");
  Table table{"contrastive divergence beside the exact gradient",
              "steps",
              {"angle", "cosine", "length", "right way"},
              {"degrees", "", "", "%"},
              {}};
  Index done = 0;
  for (const Index k : steps) {
    for (; done < k; ++done) law = machine.swept(law);
    const std::vector<double> found = difference(clamped, machine.statistics(law));
    const double own = std::sqrt(dot(found, found));
    if (own == 0) throw RunFailed("the gradient of contrastive divergence is zero, so it has no angle");
    const double cosine = std::clamp(dot(found, exact) / (own * length), -1.0, 1.0);
    double right = 0;
    for (std::size_t i = 0; i < exact.size(); ++i) right += found[i] * exact[i] > 0;
    constexpr double degrees = 57.29577951308232;
    table.rows.push_back(
        {std::to_string(k),
         {degrees * std::acos(cosine), cosine, own / length, 100 * right / static_cast<double>(exact.size())}});
    context.progress(static_cast<double>(k), static_cast<double>(steps.back()), "sweeps");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
