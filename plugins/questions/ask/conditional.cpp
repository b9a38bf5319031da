#include "conditional.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// All states of the units that one block of a layer is, states x block; nothing where they are many. Within a block
/// one unit is on, or none as well if the sum over states without any bias, exp A(0), counts one more of them.
std::vector<std::vector<double>> states_of_block(const Layer& layer) {
  const Index block = layer.units->block(layer.size);
  std::vector<std::vector<double>> states;
  if (block == 1) {
    for (const double state : layer.units->states()) states.push_back({state});
    return states;
  }
  const Tensor theta = Tensor::of<double>({layer.units->statistics(), block}), input = Tensor::of<double>({1, block});
  std::vector<double> sum{0};
  layer.units->add_log_partition(theta.view<double>(), input.view<double>(), sum);
  const auto count = static_cast<Index>(std::lround(std::exp(sum[0])));
  if (count != block && count != block + 1) return {};
  for (Index k = 0; k < count; ++k) {
    states.emplace_back(static_cast<std::size_t>(block), 0.0);
    if (k < block) states.back()[static_cast<std::size_t>(k)] = 1;
  }
  return states;
}

/// p(unknown | known) of several rows by sums over all states of their unknown units.
class Enumeration {
 public:
  Enumeration(const Network& model, double temperature)
      : model_(model), inverse_temperature_(1 / temperature), visible_(model.visible()) {
    possible_ = model.hidden_independent() && std::all_of(model.layers().begin(), model.layers().end(),
                                                          [](const Layer& layer) { return layer.units->exact(); });
    for (const Index l : visible_)
      states_.push_back(possible_ ? states_of_block(model.layer(l)) : std::vector<std::vector<double>>{});
  }

  /// How many states the unknown units of a row have together; 0 for more than `most`, or endlessly many.
  Index states_of(const ShownRows& shown, Index row, Index most) const {
    if (!possible_) return 0;
    Index states = 1;
    for_unknown(shown, row, [&](std::size_t v, Index) {
      const auto count = static_cast<Index>(states_[v].size());
      states = states > 0 && count <= most / states ? states * count : 0;
    });
    return states <= most ? states : 0;
  }

  /// Answers rows, which have so many states each.
  void answer(const ShownRows& shown, const std::vector<std::pair<Index, Index>>& rows, const Stream& stream,
              Conditional& out) const {
    Index total = 0;
    for (const auto& [row, count] : rows) total += count;
    std::vector<Tensor> all;
    for (const Index l : visible_) all.push_back(Tensor::of<double>({total, model_.layer(l).size}));
    Index first = 0;
    for (const auto& [row, count] : rows) {
      write_states(shown, row, first, count, all);
      first += count;
    }
    std::vector<View<const double>> views;
    for (const Tensor& states : all) views.push_back(states.view<double>());
    std::vector<double> energies(static_cast<std::size_t>(total));
    free_energy(model_, views, energies, inverse_temperature_);
    first = 0;
    for (const auto& [row, count] : rows) {
      const Span<double> p{energies.data() + first, count};
      probabilities(p);
      float uniform_draw = 0;
      uniform(stream.purpose("enumerated").rows_from(static_cast<std::uint64_t>(row)), {&uniform_draw, 1, 1});
      Index drawn = 0;
      for (double passed = p[0]; drawn + 1 < count && passed < static_cast<double>(uniform_draw); passed += p[drawn])
        ++drawn;
      for (std::size_t v = 0; v < visible_.size(); ++v)
        for (Index j = 0; j < views[v].columns; ++j) {
          double mean = 0;
          for (Index s = 0; s < count; ++s) mean += p[s] * views[v](first + s, j);
          if (shown.known[v].view<std::uint8_t>()(row, j) != 0) continue;
          out.means[v].view()(row, j) = static_cast<float>(mean);
          out.states[v].view()(row, j) = static_cast<float>(views[v](first + drawn, j));
        }
      first += count;
    }
  }

 private:
  /// Calls each(visible layer, first column) for every block of units that is unknown.
  template <class Each>
  void for_unknown(const ShownRows& shown, Index row, Each&& each) const {
    for (std::size_t v = 0; v < visible_.size(); ++v) {
      const Layer& layer = model_.layer(visible_[v]);
      const Index block = layer.units->block(layer.size);
      for (Index j = 0; j < layer.size; j += block)
        if (shown.known[v].view<std::uint8_t>()(row, j) == 0) each(v, j);
    }
  }

  /// Counts through the states of the unknown blocks, the first of them fastest.
  void write_states(const ShownRows& shown, Index row, Index first, Index count, std::vector<Tensor>& all) const {
    for (std::size_t v = 0; v < all.size(); ++v)
      for (Index s = 0; s < count; ++s)
        std::copy_n(shown.values[v].view().row(row).data, all[v].columns(), all[v].view<double>().row(first + s).data);
    Index period = 1;
    for_unknown(shown, row, [&](std::size_t v, Index column) {
      const auto many = static_cast<Index>(states_[v].size());
      for (Index s = 0; s < count; ++s) {
        const std::vector<double>& state = states_[v][static_cast<std::size_t>(s / period % many)];
        std::copy(state.begin(), state.end(), all[v].view<double>().row(first + s).data + column);
      }
      period *= many;
    });
  }

  /// exp(-F) / sum of exp(-F), in place.
  static void probabilities(Span<double> energies) {
    const double least = *std::min_element(energies.begin(), energies.end());
    double sum = 0;
    for (double& value : energies) sum += value = std::exp(least - value);
    for (double& value : energies) value /= sum;
  }

  const Network& model_;
  double inverse_temperature_;
  std::vector<Index> visible_;
  bool possible_ = false;
  std::vector<std::vector<std::vector<double>>> states_;
};

bool is_known(const ShownRows& shown, Index row) {
  return std::all_of(shown.known.begin(), shown.known.end(), [&](const Tensor& known) {
    const Span<const std::uint8_t> flags = known.view<std::uint8_t>().row(row);
    return std::find(flags.begin(), flags.end(), 0) == flags.end();
  });
}

/// By chains: means of means, which vary less than means of states (Rao and Blackwell; Gelfand, Smith 1990).
void sample(const Network& model, const ShownRows& shown, const std::vector<Index>& rows, const Conditioning& how,
            const Stream& stream, Conditional& out) {
  ClampedChains chains(model, shown, rows, how.chains, how, stream);
  const std::size_t layers = shown.values.size();
  std::vector<Tensor> sums;
  for (std::size_t v = 0; v < layers; ++v)
    sums.push_back(Tensor::of<double>({static_cast<Index>(rows.size()), shown.values[v].columns()}));
  for (Index s = 0; s < how.burn_in; ++s) chains.sweep();
  for (Index s = 0; s < how.sweeps; ++s) {
    chains.sweep();
    for (std::size_t v = 0; v < layers; ++v) {
      const View<const float> mean = chains.mean(v);
      for (Index i = 0; i < mean.rows; ++i) {
        double* __restrict sum = sums[v].view<double>().row(i / how.chains).data;
        const float* __restrict from = mean.row(i).data;
        for (Index j = 0; j < mean.columns; ++j) sum[j] += static_cast<double>(from[j]);
      }
    }
  }
  const double count = static_cast<double>(how.chains) * static_cast<double>(how.sweeps);
  for (std::size_t v = 0; v < layers; ++v)
    for (std::size_t r = 0; r < rows.size(); ++r)
      for (Index j = 0; j < shown.values[v].columns(); ++j) {
        const Index row = rows[r], at = static_cast<Index>(r);
        if (shown.known[v].view<std::uint8_t>()(row, j) != 0) continue;
        out.means[v].view()(row, j) = static_cast<float>(sums[v].view<double>()(at, j) / count);
        out.states[v].view()(row, j) = chains.state(v)(at * how.chains, j);
        if (!std::isfinite(out.means[v].view()(row, j)))
          throw RunFailed(fmt::format("column {} of the model's answer is not finite: its chains run away", j + 1));
      }
}

}  // namespace

Index rows_at_a_time(const Conditioning& how) {
  constexpr Index chains_at_once = 250;
  return std::max<Index>(1, chains_at_once / how.chains);
}

Conditional condition(const Network& model, const ShownRows& shown, const Conditioning& how, const Stream& stream) {
  Conditional out{shown.values, shown.values};
  const Enumeration enumeration(model, how.temperature);
  std::vector<Index> others;
  std::vector<std::pair<Index, Index>> some;
  Index states = 0;
  // As many rows at once as have some thousand states together.
  const auto answer_some = [&] {
    if (some.empty()) return;
    enumeration.answer(shown, some, stream, out);
    some.clear();
    states = 0;
  };
  for (Index row = 0; row < shown.rows(); ++row) {
    if (is_known(shown, row)) continue;
    const Index count = enumeration.states_of(shown, row, how.enumerate);
    if (count == 0) {
      others.push_back(row);
      continue;
    }
    some.emplace_back(row, count);
    states += count;
    constexpr Index states_at_once = 4096;
    if (states >= states_at_once) answer_some();
  }
  answer_some();
  if (!others.empty()) sample(model, shown, others, how, stream, out);
  return out;
}

}  // namespace harmonium
