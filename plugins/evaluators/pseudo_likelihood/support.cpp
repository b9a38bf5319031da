#include "support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <cmath>
#include <limits>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

constexpr double nothing = -std::numeric_limits<double>::infinity();

/// log of a sum of exponentials, term by term.
class LogSum {
 public:
  void add(double log_term) {
    if (log_term == nothing) return;
    if (log_term > most_) {
      sum_ = sum_ * std::exp(most_ - log_term) + 1;
      most_ = log_term;
    } else {
      sum_ += std::exp(log_term - most_);
    }
  }
  double value() const { return most_ + std::log(sum_); }

 private:
  double most_ = nothing, sum_ = 0;
};

double log_sum_of_listed(const Tensor& states, const Exponents& exponents) {
  std::vector<double> own(static_cast<std::size_t>(states.rows())), hidden(own.size());
  exponents.own(states.view<double>(), own);
  exponents.hidden(states.view<double>(), hidden);
  LogSum sum;
  for (std::size_t i = 0; i < own.size(); ++i) sum.add(own[i] + hidden[i]);
  return sum.value();
}

/// Terms x = 0, 1, ... of own part u and hidden part g. u is concave and g convex, so that of what follows x
///   term(y) <= term(x) r^(y - x),   log r = u(x + 1) - u(x) + (g(far) - g(x)) / (far - x).
double log_sum_of_counts(Index last, const Exponents& exponents) {
  constexpr Index chunk = 64, most_terms = Index{1} << 16;
  constexpr double negligible = 40;  // nats: 4e-18
  const bool ends = last < Support::no_end;
  double far_hidden = 0;
  if (!ends) {
    const double far = static_cast<double>(Support::no_end);
    exponents.hidden({&far, 1, 1}, {&far_hidden, 1});
  }
  LogSum sum;
  std::vector<double> x(chunk + 1), own(chunk + 1), hidden(chunk + 1);
  for (Index first = 0; first <= last; first += chunk) {
    if (first >= most_terms)
      throw RunFailed(
          fmt::format("the sum over the counts of a visible unit does not end within {} terms: the weights are so "
                      "large that counts run away",
                      most_terms));
    for (Index i = 0; i <= chunk; ++i) x[static_cast<std::size_t>(i)] = static_cast<double>(first + i);
    const Index count = std::min(chunk, last - first + 1);
    exponents.own({x.data(), chunk + 1, 1}, own);
    exponents.hidden({x.data(), count, 1}, {hidden.data(), count});
    for (Index i = 0; i < count; ++i) {
      const auto k = static_cast<std::size_t>(i);
      const double term = own[k] + hidden[k];
      sum.add(term);
      if (ends) continue;
      const double log_r =
          own[k + 1] - own[k] + (far_hidden - hidden[k]) / (static_cast<double>(Support::no_end) - x[k]);
      if (log_r < -std::log(2.0) && term < sum.value() - negligible) return sum.value();
    }
  }
  return sum.value();
}

/// A point of the integrand.
struct Point {
  double x = 0, log = 0;
};

std::vector<Point> points_at(const std::vector<double>& x, const Exponents& exponents) {
  constexpr std::size_t chunk = 256;
  std::vector<Point> points(x.size());
  std::vector<double> own(std::min(chunk, x.size())), hidden(own.size());
  for (std::size_t first = 0; first < x.size(); first += chunk) {
    const std::size_t count = std::min(chunk, x.size() - first);
    const View<const double> states(x.data() + first, static_cast<Index>(count), 1);
    exponents.own(states, {own.data(), states.rows});
    exponents.hidden(states, {hidden.data(), states.rows});
    for (std::size_t i = 0; i < count; ++i) points[first + i] = {x[first + i], own[i] + hidden[i]};
  }
  return points;
}

/// The greatest that the integrand's logarithm can be between two points. It is a convex function less k x^2 / 2, so it
/// lies below its chord plus k (x - a) (b - x) / 2.
double bound(const Point& a, const Point& b, double k) {
  const double length = b.x - a.x, rise = b.log - a.log;
  const double t = std::clamp(length / 2 + rise / (k * length), 0.0, length);
  return a.log + rise * t / length + k * t * (length - t) / 2;
}

double log_integral(const Support& support, const Exponents& exponents, double near) {
  constexpr double negligible = 60;  // nats: 1e-26, on at most 2^21 lengths
  constexpr int magnitudes = 10;
  const double k = support.precision, length = 1 / std::sqrt(k);
  const double low = support.kind == Support::Kind::half_line ? 0 : nothing;
  near = std::max(near, low);
  std::vector<double> x;
  if (low == 0) x.push_back(0);
  for (int m = magnitudes; m >= 0; --m)
    if (near - std::pow(4.0, m) * length > low) x.push_back(near - std::pow(4.0, m) * length);
  if (near > low) x.push_back(near);
  for (int m = 0; m <= magnitudes; ++m) x.push_back(near + std::pow(4.0, m) * length);

  struct Interval {
    Point a, b;
  };
  double best = nothing;
  std::vector<Interval> open, kept;
  const std::vector<Point> first = points_at(x, exponents);
  for (std::size_t i = 0; i < first.size(); ++i) {
    best = std::max(best, first[i].log);
    if (i > 0) open.push_back({first[i - 1], first[i]});
  }
  while (!open.empty()) {
    std::vector<Interval> halved;
    x.clear();
    for (const Interval& interval : open) {
      if (bound(interval.a, interval.b, k) < best - negligible) continue;
      if (interval.b.x - interval.a.x <= 4 * length) {
        kept.push_back(interval);
      } else {
        halved.push_back(interval);
        x.push_back((interval.a.x + interval.b.x) / 2);
      }
    }
    open.clear();
    const std::vector<Point> middles = points_at(x, exponents);
    for (std::size_t i = 0; i < halved.size(); ++i) {
      best = std::max(best, middles[i].log);
      open.push_back({halved[i].a, middles[i]});
      open.push_back({middles[i], halved[i].b});
    }
  }

  using Rule = boost::math::quadrature::gauss<double, 10>;
  x.clear();
  std::vector<double> log_weights;
  for (const Interval& interval : kept) {
    if (bound(interval.a, interval.b, k) < best - negligible) continue;
    const int panels = interval.b.x - interval.a.x > 2 * length ? 2 : 1;
    const double half = (interval.b.x - interval.a.x) / (2 * panels);
    for (int panel = 0; panel < panels; ++panel)
      for (std::size_t i = 0; i < Rule::abscissa().size(); ++i)
        for (const int side : {-1, 1}) {
          x.push_back(interval.a.x + half * (2 * panel + 1 + side * Rule::abscissa()[i]));
          log_weights.push_back(std::log(half * Rule::weights()[i]));
        }
  }
  const std::vector<Point> terms = points_at(x, exponents);
  LogSum sum;
  for (std::size_t i = 0; i < terms.size(); ++i) sum.add(terms[i].log + log_weights[i]);
  return sum.value();
}

/// The largest count of finite energy; energies beyond it are infinite.
Index last_count(const Exponents& exponents) {
  const auto has_weight = [&](Index count) {
    const double x = static_cast<double>(count);
    double log = 0;
    exponents.own({&x, 1, 1}, {&log, 1});
    return log > nothing;
  };
  if (has_weight(Support::no_end)) return Support::no_end;
  Index low = 0, high = Support::no_end;
  while (high - low > 1) {
    const Index middle = (low + high) / 2;
    (has_weight(middle) ? low : high) = middle;
  }
  return low;
}

Tensor one_of(Index width, bool or_none) {
  Tensor states = Tensor::of<double>({width + (or_none ? 1 : 0), width});
  for (Index j = 0; j < width; ++j) states.view<double>()(j, j) = 1;
  return states;
}

}  // namespace

Support support_of(const Layer& layer, View<const double> theta, Index first, Index width) {
  // Without a field, so that whole lines and half ones, one of K and at most one of K, differ most.
  const View<const double> own_theta = theta.column_range(first, width);
  std::vector<double> input(static_cast<std::size_t>(width));
  for (Index j = 0; j < width; ++j) input[static_cast<std::size_t>(j)] = -own_theta(0, j);
  Exponents alone;
  alone.own = [&](View<const double> states, Span<double> logs) {
    std::fill_n(logs.data, logs.size, 0.0);
    layer.units->add_energy(own_theta, states, logs);
    for (Index i = 0; i < states.rows; ++i) {
      logs[i] = -logs[i];
      for (Index j = 0; j < width; ++j) logs[i] += input[static_cast<std::size_t>(j)] * states(i, j);
    }
  };
  alone.hidden = [](View<const double>, Span<double> logs) { std::fill_n(logs.data, logs.size, 0.0); };
  double log_partition = 0;
  layer.units->add_log_partition(own_theta, {input.data(), 1, width}, {&log_partition, 1});

  std::vector<Support> candidates;
  const auto listed = [&](Tensor states) {
    Support support;
    support.states = std::move(states);
    candidates.push_back(std::move(support));
  };
  switch (layer.units->values()) {
    case Values::listed:
      if (const Span<const double> few = layer.units->states(); width == 1 && !few.empty()) {
        Tensor states = Tensor::of<double>({few.size, 1});
        std::copy(few.begin(), few.end(), states.data<double>());
        listed(std::move(states));
      } else {
        listed(one_of(width, false));
        listed(one_of(width, true));
      }
      break;
    case Values::counts: {
      Support support;
      support.kind = Support::Kind::counts;
      support.last = last_count(alone);
      candidates.push_back(support);
      break;
    }
    case Values::half_line:
    case Values::line: {
      Support support;
      support.kind = layer.units->values() == Values::line ? Support::Kind::line : Support::Kind::half_line;
      std::vector<float> single(static_cast<std::size_t>(theta.rows));
      for (Index k = 0; k < theta.rows; ++k) single[static_cast<std::size_t>(k)] = static_cast<float>(own_theta(k, 0));
      layer.units->curvature({single.data(), theta.rows, 1}, {&support.precision, 1});
      candidates.push_back(support);
      break;
    }
  }
  constexpr double tolerance = 1e-9;
  for (const Support& support : candidates)
    if (std::abs(log_sum(support, alone, 0) - log_partition) <= tolerance * (1 + std::abs(log_partition)))
      return support;
  throw RunFailed(fmt::format("the states of {} in layer '{}' do not add up to their own log-partition",
                              layer.units.type(), layer.name));
}

double log_sum(const Support& support, const Exponents& exponents, double near) {
  switch (support.kind) {
    case Support::Kind::listed:
      return log_sum_of_listed(support.states, exponents);
    case Support::Kind::counts:
      return log_sum_of_counts(support.last, exponents);
    case Support::Kind::half_line:
    case Support::Kind::line:
      break;
  }
  return log_integral(support, exponents, near);
}

}  // namespace harmonium
