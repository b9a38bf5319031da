#include <algorithm>
#include <string>
#include <vector>

#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/sampler.hpp"

namespace harmonium {
namespace {

/// Random-site dynamics: a unit (a block, of units that are drawn together) is chosen uniformly among all that are not
/// held and drawn given all others; a sweep is as many such steps as there are units. It leaves p(x)^beta / Z
/// unchanged, with detailed balance. Every chain has sites of its own. Glauber 1963.
class Glauber final : public Sampler {
 public:
  static void describe(ValueType<Glauber>& type) {
    type.says("Random-site dynamics: one unit, chosen at random, is drawn after the other.").cites("Glauber 1963");
  }

  Law law() const override { return Law::invariant; }
  void sweep(const Network& network, Chains& chains, const Request& request) const override {
    parallel(chains.rows(), [&](Index row) {
      std::vector<Site> sites = free_sites(network, request, row);
      if (sites.empty()) return;
      std::vector<float> input(static_cast<std::size_t>(largest_block(network)));
      for (Index s = 0; s < request.sweeps; ++s) {
        const Stream step = request.stream.at(request.stream.step + static_cast<std::uint64_t>(s));
        const Stream choices = step.purpose("site").rows_from(static_cast<std::uint64_t>(row));
        const Stream draws = step.purpose("draw").rows_from(static_cast<std::uint64_t>(row));
        for (std::size_t k = 0; k < sites.size(); ++k) {
          const auto column = static_cast<std::uint64_t>(4 * k);
          const Site& site = sites[uniform_integer(choices.columns_from(column), sites.size())];
          const Units& units = *network.layer(site.layer).units;
          const Index size = units.block(network.layer(site.layer).size);
          const Chains::Layer& at = chains[site.layer];
          const View<float> in(input.data(), 1, size);
          input_to(network, site.layer, chains, row, site.first, in);
          const auto part = [&](View<float> all) { return all.row_range(row, 1).column_range(site.first, size); };
          units.sample(at.theta.column_range(site.first, size), in, draws.purpose(std::to_string(k)), part(at.mean),
                       part(at.state));
        }
      }
    });
  }

 private:
  struct Site {
    Index layer, first;
  };
  static std::vector<Site> free_sites(const Network& network, const Request& request, Index row) {
    std::vector<Site> sites;
    for (Index l = 0; l < network.size(); ++l) {
      if (request.holds(l)) continue;
      const Index size = network.layer(l).size, block = network.layer(l).units->block(size);
      const View<const std::uint8_t> held = request.units_held(l);
      for (Index first = 0; first < size; first += block)
        if (held.empty() || held(row, first) == 0) sites.push_back({l, first});
    }
    return sites;
  }
  static Index largest_block(const Network& network) {
    Index most = 1;
    for (const Layer& layer : network.layers()) most = std::max(most, layer.units->block(layer.size));
    return most;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Glauber>("sampler.glauber"); }
