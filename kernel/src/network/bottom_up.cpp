#include "harmonium/bottom_up.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "harmonium/elementwise.hpp"

namespace harmonium {
namespace {

/// How many connections each layer is away from a held one; the greatest number where none leads there.
std::vector<Index> distances(const Network& network, Span<const std::uint8_t> held) {
  constexpr Index far = std::numeric_limits<Index>::max();
  std::vector<Index> distance(static_cast<std::size_t>(network.size()), far);
  for (Index l = 0; l < held.size; ++l)
    if (held[l] != 0) distance[static_cast<std::size_t>(l)] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Link& link : network.links())
      for (const auto& [from, to] : {std::pair(link.a, link.b), std::pair(link.b, link.a)}) {
        const Index near = distance[static_cast<std::size_t>(from)];
        Index& there = distance[static_cast<std::size_t>(to)];
        if (near == far || there <= near + 1) continue;
        there = near + 1;
        changed = true;
      }
  }
  return distance;
}

}  // namespace

void bottom_up(const Network& network, Chains& chains, Span<const std::uint8_t> held, const Stream& stream, Draw draw) {
  const std::vector<Index> distance = distances(network, held);
  std::vector<Index> order;
  for (Index l = 0; l < network.size(); ++l)
    if (held.empty() || held[l] == 0) order.push_back(l);
  const auto at = [&](Index layer) { return distance[static_cast<std::size_t>(layer)]; };
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return at(a) < at(b); });
  std::vector<std::uint8_t> nearer(static_cast<std::size_t>(network.size()));
  for (const Index layer : order) {
    for (Index l = 0; l < network.size(); ++l) nearer[static_cast<std::size_t>(l)] = at(l) < at(layer) ? 1 : 0;
    const bool more_follow = std::any_of(network.links().begin(), network.links().end(), [&](const Link& link) {
      return (link.a == layer && at(link.b) > at(layer)) || (link.b == layer && at(link.a) > at(layer));
    });
    const Chains::Layer& now = chains[layer];
    const Units& units = *network.layer(layer).units;
    input_from(network, layer, chains, nearer, false, now.input);
    if (more_follow) elementwise::combine(2, now.input, 0, now.input, now.input);
    if (draw == Draw::sample) {
      units.sample(now.theta, now.input, stream.purpose(network.layer(layer).name), now.mean, now.state);
    } else {
      units.mean(now.theta, now.input, now.mean);
      for (Index i = 0; i < now.mean.rows; ++i)
        std::copy_n(now.mean.row(i).data, now.mean.columns, now.state.row(i).data);
    }
  }
}

}  // namespace harmonium
