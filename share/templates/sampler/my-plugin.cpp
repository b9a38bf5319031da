#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

namespace {

using namespace harmonium;

/// Metropolis dynamics: unit after unit proposes one of its other states, each as likely, and goes there with
/// probability min(1, exp(-beta dE)). Proposals are as likely one way as the other, so each such step leaves
/// p(x)^beta / Z unchanged, and so does a sweep of them. Metropolis, Rosenbluth, Rosenbluth, Teller, Teller 1953.
class Metropolis final : public Sampler {
 public:
  static void describe(ValueType<Metropolis>& type) {
    type.says("Metropolis dynamics: unit after unit proposes another of its states and takes it or stays.")
        .cites("Metropolis, Rosenbluth, Rosenbluth, Teller, Teller 1953");
  }

  Law law() const override { return Law::invariant; }

  /// Before any work: models that it cannot move.
  void check(const ModelSpec& model) const override {
    for (const LayerSpec& layer : model.layers)
      if (layer.states.empty()) refuse(layer.name, layer.units);
  }

  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    Step step(chains.rows());
    for (Index s = 0; s < request.sweeps; ++s) {
      // Draws are a function of sweep, layer, unit and chain: the same on any number of threads and after a resume.
      const Stream stream = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      for (Index l = 0; l < network.size(); ++l) {
        if (request.holds(l)) continue;
        const Stream draws = stream.purpose(network.layer(l).name);
        for (Index j = 0; j < network.layer(l).size; ++j)
          step.move(network, l, j, chains, request.units_held(l),
                    draws.columns_from(static_cast<std::uint64_t>(4 * j)));
      }
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& layer, const std::string& units) {
    throw BadPipeline("a proposal is one of a unit's few other states, but layer '" + layer + "' has " + units);
  }

  /// One unit of all chains, with the memory that it takes.
  class Step {
   public:
    explicit Step(Index chains)
        : input_(Tensor::matrix(chains, 1)),
          proposed_(Tensor::matrix(chains, 1)),
          mean_(Tensor::matrix(chains, 1)),
          draws_(Tensor::matrix(chains, 2)),
          rise_(static_cast<std::size_t>(chains)),
          energy_(static_cast<std::size_t>(chains)) {}

    void move(const Network& network, Index layer, Index unit, Chains& chains, View<const std::uint8_t> held,
              const Stream& stream) {
      const Units& units = *network.layer(layer).units;
      const Span<const double> states = units.states();
      if (states.empty()) refuse(network.layer(layer).name, network.layer(layer).units.type());
      // theta and what input_to() gives carry the inverse temperature already.
      const View<float> theta = chains[layer].theta.column_range(unit, 1);
      const View<float> state = chains[layer].state.column_range(unit, 1);
      const View<float> input = input_.view(), proposed = proposed_.view(), draws = draws_.view();
      input_to(network, layer, chains, 0, unit, input);
      uniform(stream, draws);
      for (Index i = 0; i < state.rows; ++i) proposed(i, 0) = other(states, state(i, 0), draws(i, 0));
      std::fill(rise_.begin(), rise_.end(), 0.0);
      std::fill(energy_.begin(), energy_.end(), 0.0);
      units.add_energy(theta, proposed, rise_);
      units.add_energy(theta, state, energy_);
      units.mean(theta, input, mean_.view());
      for (Index i = 0; i < state.rows; ++i) {
        const auto chain = static_cast<std::size_t>(i);
        const double rise = rise_[chain] - energy_[chain] -
                            static_cast<double>(input(i, 0)) * static_cast<double>(proposed(i, 0) - state(i, 0));
        const bool holds = !held.empty() && held(i, unit) != 0;
        if (!holds && static_cast<double>(draws(i, 1)) < std::exp(-rise)) state(i, 0) = proposed(i, 0);
        chains[layer].mean(i, unit) = holds ? state(i, 0) : mean_.view()(i, 0);
      }
    }

   private:
    /// One of the states that are not the present one, by a draw in (0, 1).
    static float other(Span<const double> states, float present, float draw) {
      const Index others = states.size - 1;
      Index k = std::min(static_cast<Index>(draw * static_cast<float>(others)), others - 1);
      for (Index i = 0; i <= k; ++i) k += static_cast<float>(states[i]) == present;
      return static_cast<float>(states[k]);
    }

    Tensor input_, proposed_, mean_, draws_;
    std::vector<double> rise_, energy_;
  };
};

}  // namespace

HARMONIUM_PLUGIN(registrar) { registrar.value<Metropolis>("my-plugin.metropolis"); }
