#include <algorithm>
#include <vector>

#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {
namespace {

/// Parallel (synchronous) dynamics: all units are drawn at once, each given the states of the others before. It does
/// not leave p unchanged where units of one colour are joined; its own stationary law, for binary units without
/// temperature, is pi(s) ~ exp(b's) prod_j (1 + exp(field_j)). Little 1974; Peretto 1984.
class Parallel final : public Sampler {
 public:
  static void describe(ValueType<Parallel>& type) {
    type.says("Parallel dynamics: all units at once, each given the states of the others before.")
        .cites("Little 1974; Peretto 1984");
  }

  Law law() const override { return Law::own; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    std::vector<Tensor> inputs;
    for (const Layer& layer : network.layers()) inputs.push_back(Tensor::matrix(chains.rows(), layer.size));
    for (Index s = 0; s < request.sweeps; ++s) {
      const Stream step = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      for (Index l = 0; l < network.size(); ++l)
        if (!request.holds(l)) input_to(network, l, chains, inputs[static_cast<std::size_t>(l)].view());
      for (Index l = 0; l < network.size(); ++l) {
        if (request.holds(l)) continue;
        const Chains::Layer& at = chains[l];
        const View<float> kept = chains.room(l);
        for (Index i = 0; i < at.state.rows; ++i) std::copy_n(at.state.row(i).data, at.state.columns, kept.row(i).data);
        network.layer(l).units->sample(at.theta, inputs[static_cast<std::size_t>(l)].view(),
                                       step.purpose(network.layer(l).name), at.mean, at.state);
        const View<const std::uint8_t> held = request.units_held(l);
        for (Index i = 0; i < held.rows; ++i)
          for (Index j = 0; j < held.columns; ++j)
            if (held(i, j) != 0) at.state(i, j) = at.mean(i, j) = kept(i, j);
      }
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Parallel>("sampler.parallel"); }
