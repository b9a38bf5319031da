#include "transition_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"

namespace harmonium {
namespace {

double sigma(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

double field(const TwoStateMachine& machine, std::uint32_t state, Index unit) {
  const Index n = machine.units();
  double sum = machine.bias[static_cast<std::size_t>(unit)];
  for (Index k = 0; k < n; ++k)
    if ((state >> k) & 1) sum += machine.coupling[static_cast<std::size_t>(unit * n + k)];
  return sum;
}

/// exp of the logarithms, summing to 1.
std::vector<double> normalised(std::vector<double> logs) {
  const double most = *std::max_element(logs.begin(), logs.end());
  for (double& value : logs) value = std::exp(value - most);
  const double sum = std::accumulate(logs.begin(), logs.end(), 0.0);
  for (double& value : logs) value /= sum;
  return logs;
}

/// One turn, as a map between laws over the states.
class Turn {
 public:
  explicit Turn(const std::vector<Index>& units) : units_(units), places_(std::size_t{1} << units.size(), 0) {
    for (std::size_t code = 0; code < places_.size(); ++code)
      for (std::size_t k = 0; k < units.size(); ++k)
        if ((code >> k) & 1) places_[code] |= std::uint32_t{1} << units[k];
  }
  /// to += share of what becomes of `from`. on(s, j) and off(s, j) are the conditionals of unit j given state s.
  void draw(View<const double> on, View<const double> off, const std::vector<double>& from, double share,
            std::vector<double>& to, std::vector<double>& room) const {
    room.resize(places_.size());
    for (std::size_t s = 0; s < from.size(); ++s) {
      if (from[s] == 0) continue;
      room[0] = share * from[s];
      for (std::size_t k = 0; k < units_.size(); ++k)
        for (std::size_t code = 0; code < (std::size_t{1} << k); ++code) {
          room[code | (std::size_t{1} << k)] = room[code] * on(static_cast<Index>(s), units_[k]);
          room[code] *= off(static_cast<Index>(s), units_[k]);
        }
      const std::uint32_t rest = static_cast<std::uint32_t>(s) & ~places_.back();
      for (std::size_t code = 0; code < places_.size(); ++code) to[rest | places_[code]] += room[code];
    }
  }

 private:
  std::vector<Index> units_;
  std::vector<std::uint32_t> places_;
};

/// One unit a turn, in their order.
std::vector<std::vector<Index>> one_by_one(Index first, Index count) {
  std::vector<std::vector<Index>> turns;
  for (Index j = 0; j < count; ++j) turns.push_back({first + j});
  return turns;
}

/// Layers colour by colour, each at once, or unit by unit where its units are joined.
std::vector<std::vector<Index>> by_blocks(const Network& network) {
  std::vector<Index> first(static_cast<std::size_t>(network.size()), 0);
  for (Index l = 1; l < network.size(); ++l)
    first[static_cast<std::size_t>(l)] = first[static_cast<std::size_t>(l - 1)] + network.layer(l - 1).size;
  std::vector<std::vector<Index>> turns;
  for (const std::vector<Index>& colour : network.colours())
    for (const Index l : colour) {
      const auto units = one_by_one(first[static_cast<std::size_t>(l)], network.layer(l).size);
      if (network.joined_within(l)) {
        turns.insert(turns.end(), units.begin(), units.end());
        continue;
      }
      turns.emplace_back();
      for (const auto& unit : units) turns.back().push_back(unit[0]);
    }
  return turns;
}

}  // namespace

Dynamics dynamics_named(const std::string& name, const Network& network) {
  Index units = 0;
  for (const Layer& layer : network.layers()) units += layer.size;
  if (name == "block") return {by_blocks(network), false};
  if (name == "glauber") return {one_by_one(0, units), true};
  if (name == "sequential") return {one_by_one(0, units), false};
  std::vector<Index> all(static_cast<std::size_t>(units));
  std::iota(all.begin(), all.end(), Index{0});
  return {{all}, false};
}

Tensor transition_matrix(const TwoStateMachine& machine, const Dynamics& dynamics, double temperature) {
  const Index n = machine.units(), states = Index{1} << n;
  Tensor on = Tensor::of<double>({states, n}), off = Tensor::of<double>({states, n});
  for (Index s = 0; s < states; ++s)
    for (Index j = 0; j < n; ++j) {
      const double x = field(machine, static_cast<std::uint32_t>(s), j) / temperature;
      on.view<double>()(s, j) = sigma(x);
      off.view<double>()(s, j) = sigma(-x);
    }
  const std::vector<Turn> turns(dynamics.turns.begin(), dynamics.turns.end());
  Tensor transitions = Tensor::of<double>({states, states});
  const View<double> rows = transitions.view<double>();
  const View<const double> p_on = on.view<double>(), p_off = off.view<double>();
  parallel(states, [&](Index start) {
    std::vector<double> law(static_cast<std::size_t>(states), 0.0), next(law), room;
    law[static_cast<std::size_t>(start)] = 1;
    for (std::size_t t = 0; t < turns.size(); ++t) {
      std::fill(next.begin(), next.end(), 0.0);
      if (dynamics.at_random)
        for (const Turn& turn : turns) turn.draw(p_on, p_off, law, 1 / static_cast<double>(turns.size()), next, room);
      else
        turns[t].draw(p_on, p_off, law, 1, next, room);
      law.swap(next);
    }
    std::copy(law.begin(), law.end(), rows.row(start).data);
  });
  return transitions;
}

std::vector<double> stationary_law(const Tensor& transitions) {
  Tensor left = transitions;
  const View<double> t = left.view<double>();
  for (Index k = t.rows - 1; k > 0; --k) {
    const double leave = std::accumulate(t.row(k).data, t.row(k).data + k, 0.0);
    if (!(leave > 0) || !std::isfinite(1 / leave))
      throw RunFailed("some states are never left within the range of doubles: the temperature is too low");
    for (Index i = 0; i < k; ++i) {
      const double via = t(i, k) /= leave;
      if (via == 0) continue;
      for (Index j = 0; j < k; ++j) t(i, j) += via * t(k, j);
    }
  }
  std::vector<double> law(static_cast<std::size_t>(t.rows), 0.0);
  law[0] = 1;
  for (Index k = 1; k < t.rows; ++k)
    for (Index i = 0; i < k; ++i) law[static_cast<std::size_t>(k)] += law[static_cast<std::size_t>(i)] * t(i, k);
  const double sum = std::accumulate(law.begin(), law.end(), 0.0);
  for (double& value : law) value /= sum;
  return law;
}

double change_of(const std::vector<double>& law, const Tensor& transitions) {
  const View<const double> t = transitions.view<double>();
  std::vector<double> after(law.size(), 0.0);
  for (Index s = 0; s < t.rows; ++s)
    for (Index to = 0; to < t.columns; ++to)
      after[static_cast<std::size_t>(to)] += law[static_cast<std::size_t>(s)] * t(s, to);
  double most = 0;
  for (std::size_t s = 0; s < law.size(); ++s) most = std::max(most, std::abs(after[s] - law[s]));
  return most;
}

double imbalance_of(const std::vector<double>& law, const Tensor& transitions) {
  const View<const double> t = transitions.view<double>();
  double most = 0;
  for (Index a = 0; a < t.rows; ++a)
    for (Index b = 0; b < a; ++b)
      most = std::max(
          most, std::abs(law[static_cast<std::size_t>(a)] * t(a, b) - law[static_cast<std::size_t>(b)] * t(b, a)));
  return most;
}

double second_eigenvalue(const Tensor& transitions, const std::vector<double>& law) {
  Tensor power = transitions, square = transitions;
  for (Index s = 0; s < power.rows(); ++s)
    for (Index to = 0; to < power.columns(); ++to) power.view<double>()(s, to) -= law[static_cast<std::size_t>(to)];
  // log ||A^k|| = k log |lambda| + O(log k): after so many squarings what is left of the second term is below 1e-9.
  constexpr int squarings = 36;
  // What rounding leaves at most of a power that is zero.
  constexpr double nothing = 1e-13;
  double log_scale = 0, k = 1, log_modulus = 0;
  for (int i = 0; i <= squarings; ++i) {
    double norm = 0;
    for (const double value : power.values<double>()) norm += value * value;
    norm = std::sqrt(norm);
    if (norm < nothing) return 0;
    log_scale += std::log(norm);
    const double before = log_modulus;
    log_modulus = log_scale / k;
    if (i > 0 && std::abs(log_modulus - before) < 1e-13) break;
    for (double& value : power.values<double>()) value /= norm;
    product(View<const double>(power.view<double>()), View<const double>(power.view<double>()), square.view<double>());
    std::swap(power, square);
    log_scale *= 2;
    k *= 2;
  }
  return std::min(1.0, std::exp(log_modulus));
}

double relaxation_time(double second_eigenvalue) {
  constexpr double told_apart = 1e-9;
  if (second_eigenvalue > 1 - told_apart) return std::numeric_limits<double>::infinity();
  return second_eigenvalue > 0 ? -1 / std::log(second_eigenvalue) : 0;
}

std::vector<double> boltzmann_law(const TwoStateMachine& machine, double temperature) {
  std::vector<double> logs(std::size_t{1} << machine.units());
  machine.enumerate([&](Index, double energy, std::uint32_t state, Index) { logs[state] = -energy / temperature; });
  return normalised(std::move(logs));
}

std::vector<double> parallel_law(const TwoStateMachine& machine, double temperature) {
  std::vector<double> logs(std::size_t{1} << machine.units(), 0.0);
  for (std::size_t s = 0; s < logs.size(); ++s)
    for (Index j = 0; j < machine.units(); ++j) {
      const double x = field(machine, static_cast<std::uint32_t>(s), j) / temperature;
      logs[s] += std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
      if ((s >> j) & 1) logs[s] += machine.bias[static_cast<std::size_t>(j)] / temperature;
    }
  return normalised(std::move(logs));
}

}  // namespace harmonium
