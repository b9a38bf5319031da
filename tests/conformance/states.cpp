#include "conformance/states.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>

#include "harmonium/errors.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::conformance {
namespace {

/// exp(-45) is what a double forgets beside 1.
constexpr double negligible = 45;

using Block = std::vector<double>;

/// What the first block of a layer draws, at inputs that are the same in every block.
std::set<Block> drawn(const Units& units, Index size, View<const float> theta, double deviation, double offset) {
  constexpr Index rows = 2000;
  const Index block = units.block(size);
  Tensor input = Tensor::matrix(rows, size), mean = Tensor::matrix(rows, size), state = Tensor::matrix(rows, size);
  normal(Stream{11}, input.view());
  for (float& value : input.values<float>())
    value = static_cast<float>(offset + deviation * static_cast<double>(value));
  units.sample(theta, input.view(), Stream{12}, mean.view(), state.view());
  std::set<Block> found;
  for (Index i = 0; i < rows; ++i)
    for (Index first = 0; first < size; first += block) {
      const float* at = state.view().row(i).data + first;
      if (std::all_of(at, at + block, [](float x) { return std::isfinite(x); })) found.emplace(at, at + block);
    }
  return found;
}

/// Numbers of a list "-1,0,1" or a range "0..5"; empty where the text is neither.
std::vector<double> numbers_of(const std::string& text) {
  std::vector<double> numbers;
  try {
    if (const auto dots = text.find(".."); dots != std::string::npos) {
      const double last = std::stod(text.substr(dots + 2));
      for (double x = std::stod(text.substr(0, dots)); x <= last && numbers.size() < 100000; ++x) numbers.push_back(x);
      return numbers;
    }
    std::istringstream items(text);
    for (std::string item; std::getline(items, item, ',');) numbers.push_back(std::stod(item));
  } catch (const std::exception&) {
    return {};
  }
  return numbers;
}

}  // namespace

States States::find(const Units& units, Index size, View<const float> theta, const std::string& said) {
  States states;
  states.block_ = units.block(size);
  if (said == "real") {
    states.kind_ = Kind::real_line;
    return states;
  }
  if (said == "half-line" || said == "counts") {
    states.kind_ = said == "counts" ? Kind::counts : Kind::half_line;
    return states;
  }
  if (!said.empty()) {
    states.listed_ = said == "binary" ? Block{0, 1} : said == "spins" ? Block{-1, 1} : numbers_of(said);
    if (states.listed_.empty())
      throw Error(Exit::usage,
                  fmt::format("--states takes binary, spins, counts, half-line, real, a range as 0..5 or a list as "
                              "-1,0,1; got '{}'",
                              said));
    if (states.block_ > 1)
      throw Error(Exit::usage, "--states is for units that are drawn each by itself; the states of blocks are found");
    return states;
  }

  std::set<Block> seen;
  const auto look = [&](double deviation, double offset) {
    try {
      seen.merge(drawn(units, size, theta, deviation, offset));
    } catch (const RunFailed&) {
      // Inputs beyond what the units can take.
    }
  };
  for (const double deviation : {0.5, 2.0, 6.0})
    for (const double offset : {-3.0, 0.0, 3.0}) look(deviation, offset);
  if (seen.empty()) throw RunFailed("the units draw nothing at inputs from -3 to 3");
  const bool bounded = units.tail() == Tail::bounded;
  if (bounded)
    for (const double extreme : {-200.0, 200.0}) look(1, extreme);
  bool whole = true;
  double least = INFINITY, greatest = -INFINITY;
  for (const Block& block : seen)
    for (const double x : block) {
      whole = whole && x == std::round(x);
      least = std::min(least, x);
      greatest = std::max(greatest, x);
    }
  if (states.block_ > 1) {
    if (!whole || !bounded)
      throw Error(Exit::usage, "blocks of units that are not of whole numbers and bounded cannot be summed over here");
    for (const Block& block : seen) states.listed_.insert(states.listed_.end(), block.begin(), block.end());
    return states;
  }
  if (bounded) {
    if (!whole)
      throw Error(Exit::usage,
                  "the units are declared bounded (tail()), but their states are no whole numbers: name them by "
                  "--states");
    // Between the extremes every multiple of the step is a state, seen or not: of many trials some are rare.
    double step = 0;
    for (const Block& block : seen) step = std::gcd(static_cast<Index>(step), static_cast<Index>(block[0] - least));
    for (double x = least; x <= greatest; x += std::max(1.0, step)) states.listed_.push_back(x);
    return states;
  }
  if (whole) {
    states.kind_ = Kind::counts;
    states.least_ = least;
    return states;
  }
  // Far below zero the draws of units on the half line crowd at its end, those of others go on.
  const std::size_t before = seen.size();
  for (const double extreme : {-30.0, -100.0}) look(1, extreme);
  double low = INFINITY;
  for (const Block& block : seen) low = std::min(low, block[0]);
  const bool ends = seen.size() > before && low >= least - 0.05 && least > -0.05;
  states.kind_ = ends ? Kind::half_line : Kind::real_line;
  return states;
}

std::string States::text() const {
  switch (kind_) {
    case Kind::counts:
      return fmt::format("whole numbers from {:g} on", least_);
    case Kind::half_line:
      return fmt::format("real numbers from {:g} on", least_);
    case Kind::real_line:
      return "real numbers";
    case Kind::listed:
      break;
  }
  const auto count = static_cast<Index>(listed_.size()) / block_;
  if (block_ > 1) return fmt::format("{} states of blocks of {} units", count, block_);
  if (count > 8) return fmt::format("{:g}, {:g}, ... {:g}", listed_[0], listed_[1], listed_.back());
  return fmt::format("{:g}", fmt::join(listed_, ", "));
}

std::vector<double> States::scores(const Units& units, View<const double> theta, const std::vector<double>& input,
                                   const std::vector<double>& states) {
  const auto block = static_cast<Index>(input.size()), count = static_cast<Index>(states.size()) / block;
  std::vector<double> scores(static_cast<std::size_t>(count), 0.0);
  units.add_energy(theta, {states.data(), count, block}, scores);
  for (Index i = 0; i < count; ++i) {
    double& score = scores[static_cast<std::size_t>(i)];
    score = -score;
    for (Index j = 0; j < block; ++j)
      score += input[static_cast<std::size_t>(j)] * states[static_cast<std::size_t>(i * block + j)];
    if (std::isnan(score)) score = -INFINITY;
  }
  return scores;
}

std::vector<double> States::points(const Units& units, View<const double> theta, const std::vector<double>& input,
                                   std::vector<double>& log_width) const {
  if (kind_ == Kind::listed) {
    log_width.assign(listed_.size() / static_cast<std::size_t>(block_), 0.0);
    return listed_;
  }
  if (kind_ == Kind::counts) {
    std::vector<double> counts;
    double highest = -INFINITY;
    constexpr std::size_t chunk = 256, most = 1 << 22;
    for (bool done = false; !done && counts.size() < most;) {
      std::vector<double> more(chunk);
      for (std::size_t i = 0; i < chunk; ++i) more[i] = least_ + static_cast<double>(counts.size() + i);
      const std::vector<double> found = scores(units, theta, input, more);
      for (const double score : found) highest = std::max(highest, score);
      done = found.back() < highest - negligible && found.back() <= found.front();
      counts.insert(counts.end(), more.begin(), more.end());
    }
    log_width.assign(counts.size(), 0.0);
    return counts;
  }
  // Where the integrand is: first on a grid whose points lie the further apart the further out, then on even ones over
  // the part that counts, ever closer. The last is Simpson's.
  constexpr int pieces = 2000;
  const double from = kind_ == Kind::half_line ? 0 : -1;
  std::vector<double> grid;
  for (int i = 0; i <= pieces; ++i) {
    const double u = from + (1 - from) * i / pieces;
    grid.push_back(least_ + std::sinh(u * std::asinh(1e7)));
  }
  for (int round = 0; round < 4; ++round) {
    const std::vector<double> found = scores(units, theta, input, grid);
    const double highest = *std::max_element(found.begin(), found.end());
    std::size_t low = 0, high = grid.size() - 1;
    while (low + 1 < high && found[low + 1] < highest - negligible) ++low;
    while (high > low + 1 && found[high - 1] < highest - negligible) --high;
    const double first = grid[low], last = grid[high];
    for (int i = 0; i <= pieces; ++i) grid[static_cast<std::size_t>(i)] = first + (last - first) * i / pieces;
  }
  const double step = (grid.back() - grid.front()) / pieces;
  log_width.resize(grid.size());
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const bool end = i == 0 || i + 1 == grid.size();
    log_width[i] = std::log(step / 3 * (end ? 1 : i % 2 == 1 ? 4 : 2));
  }
  return grid;
}

Sums States::sum(const Units& units, View<const double> theta, const std::vector<double>& input) const {
  Sums sums;
  std::vector<double> log_width;
  sums.states = points(units, theta, input, log_width);
  std::vector<double> score = scores(units, theta, input, sums.states);
  sums.highest = *std::max_element(score.begin(), score.end());
  double z = 0;
  for (std::size_t i = 0; i < score.size(); ++i) {
    score[i] = std::exp(score[i] - sums.highest + log_width[i]);
    z += score[i];
  }
  sums.log_partition = sums.highest + std::log(z);
  const auto block = static_cast<std::size_t>(block_);
  sums.mean.assign(block, 0.0);
  sums.covariance.assign(block * block, 0.0);
  sums.statistics.assign(static_cast<std::size_t>(units.statistics()) * block, 0.0);
  const View<double> statistics(sums.statistics.data(), units.statistics(), block_);
  std::vector<float> state(block);
  for (std::size_t i = 0; i < score.size(); ++i) {
    score[i] /= z;
    if (score[i] == 0) continue;
    const double* x = &sums.states[i * block];
    for (std::size_t j = 0; j < block; ++j) {
      sums.mean[j] += score[i] * x[j];
      state[j] = static_cast<float>(x[j]);
    }
    units.add_statistics({state.data(), 1, block_}, score[i], statistics);
  }
  // About the mean, in a pass of its own: the difference of squares loses what is far from zero.
  for (std::size_t i = 0; i < score.size(); ++i) {
    const double* x = &sums.states[i * block];
    for (std::size_t j = 0; j < block; ++j)
      for (std::size_t k = 0; k < block; ++k)
        sums.covariance[j * block + k] += score[i] * (x[j] - sums.mean[j]) * (x[k] - sums.mean[k]);
  }
  sums.share = std::move(score);
  return sums;
}

}  // namespace harmonium::conformance
