#include <algorithm>

#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/schedule.hpp"

namespace harmonium {
namespace {

/// Simulated annealing: another sampler, its temperature falling from sweep to sweep; an epoch of the schedule is a
/// sweep. Where it ends is no draw from p, but a state of low energy the surer the slower the schedule. Kirkpatrick,
/// Gelatt, Vecchi 1983.
class Annealing final : public Sampler {
 public:
  Handle<Sampler> sampler{"sampler.gibbs"};
  Handle<Schedule> temperature{"{use: schedule.linear, with: {from: 2, to: 0.05}}"};

  static void describe(ValueType<Annealing>& type) {
    type.says("Simulated annealing: another sampler, the temperature following a schedule from sweep to sweep.")
        .cites("Kirkpatrick, Gelatt, Vecchi 1983");
    type.parameter("sampler", &Annealing::sampler).says("What sweeps.");
    type.parameter("temperature", &Annealing::temperature)
        .at_least(1e-6)
        .says("The temperature; an epoch of the schedule is a sweep, the request its whole length.");
  }

  Law law() const override { return Law::own; }
  Index replicas() const override { return sampler->replicas(); }
  void check(const ModelSpec& model) const override { sampler->check(model); }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    const double before = chains.inverse_temperature();
    Request one = request;
    one.sweeps = 1;
    for (Index s = 0; s < request.sweeps; ++s) {
      // The last sweep is at the schedule's end.
      const Index last = std::max<Index>(1, request.sweeps - 1), at = request.sweeps > 1 ? s : last;
      chains.prepare(network, 1 / temperature->at({static_cast<double>(at), static_cast<double>(last),
                                                   static_cast<std::uint64_t>(s)}));
      one.stream = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
      if (s + 1 < request.sweeps) one.only_mean_read = {};
      sampler->sweep(network, chains, one);
      one.only_mean_read = request.only_mean_read;
    }
    chains.prepare(network, before);
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Annealing>("sampler.annealing"); }
