#include "report/advice.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace harmonium::report {

std::vector<Advice> advice_on_table(const Table& table) {
  return advice_on_course([&](const std::string& name) {
    std::vector<double> all;
    const auto found = std::find(table.columns.begin(), table.columns.end(), name);
    for (const Table::Row& row : table.rows)
      if (found != table.columns.end())
        all.push_back(row.values.at(static_cast<std::size_t>(found - table.columns.begin())));
    return all;
  });
}

std::vector<Advice> advice_on_course(const Course& course) {
  std::vector<Advice> advice;
  const std::vector<double> weight = course("weight"), error = course("reconstruction error");
  std::vector<double> gap = course("free energy gap");
  if (gap.empty()) gap = course("gap");
  constexpr std::size_t enough = 6;
  if (weight.size() >= enough) {
    // Weights that start at some size and move little say nothing by how they do.
    const double first = weight[weight.size() / 3], second = weight[weight.size() - weight.size() / 3];
    if (weight.back() > std::max(1.0, 2 * first) && weight.back() - second > second - first)
      advice.push_back({"weights", "weights grow ever faster: a lower learning rate, or penalty.l2, usually helps"});
  }
  if (gap.size() >= enough) {
    const double middle = gap[gap.size() / 2], last = gap.back();
    const bool falls = error.size() < enough || error.back() < error[error.size() / 2];
    if (last > 1 && last > 1.5 * std::max(middle, 0.0) && falls)
      advice.push_back(
          {"overfitting",
           fmt::format("held-out rows lie {:.3g} nats above training rows and ever more so: it overfits. Fewer "
                       "epochs or hidden units, or penalty.l2, usually help",
                       last)});
  }
  if (const std::vector<double> r_hat = course("R-hat"); !r_hat.empty() && r_hat.back() > 1.1)
    advice.push_back(
        {"mixing",
         fmt::format("chains do not mix: R-hat is {:.3g}. More sweeps, sampler.tempering, or a lower learning "
                     "rate towards the end of training usually help",
                     r_hat.back())});
  return advice;
}

std::vector<Advice> advice_on_activity(const std::string& layer, const std::vector<float>& units) {
  std::vector<Advice> advice;
  constexpr float nearly = 0.01F;
  const auto off = std::count_if(units.begin(), units.end(), [](float at) { return at < nearly; });
  const auto on = std::count_if(units.begin(), units.end(), [](float at) { return at > 1 - nearly; });
  const auto some = static_cast<std::ptrdiff_t>(units.size()) / 4;
  if (off > some)
    advice.push_back({"off", fmt::format("{} of {} units of '{}' are almost never on: a lower learning rate, a smaller "
                                         "penalty, or penalty.sparsity with a target usually helps",
                                         off, units.size(), layer)});
  if (on > some)
    advice.push_back(
        {"on", fmt::format("{} of {} units of '{}' are almost always on: a lower learning rate, centring, or "
                           "penalty.sparsity with a target usually helps",
                           on, units.size(), layer)});
  return advice;
}

}  // namespace harmonium::report
