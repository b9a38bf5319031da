#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"
#include "recall.hpp"

namespace harmonium {

void Minima::describe(NodeType<Minima>& type) {
  type.says(
          "Where descent from random states ends: minima that are patterns, that are patterns with every unit turned "
          "over, and parasitic ones that nobody stored.")
      .cites("Amit, Gutfreund, Sompolinsky 1985")
      .random()
      .input<Network>("model", "A network of one layer of spins or binary units.")
      .input<Dataset>("data", "The patterns stored.")
      .output<Table>("table",
                     "One row: minima found of each kind, and the share of starts that ended in a parasitic one.");
  type.parameter("starts", &Minima::starts).at_least(1).at_most(1e6).says("From how many random states.");
  type.parameter("sweeps", &Minima::sweeps).at_least(1).unit("sweeps").says("The most sweeps of a descent.");
}

void Minima::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  demand_two_states(model, "counting minima", out);
  if (model.layers.size() != 1)
    out.problem("in.model", fmt::format("minima are counted of one layer, the model has {}", model.layers.size()));
  check_shown(model, in.get<Dataset>("data"), "in.data", out);
  out.set<Table>("table", {});
}

Outputs Minima::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  check_data(network, data);
  const TwoStates two = two_states(network.layer(0), "counting minima");
  const Index size = network.layer(0).size;
  const auto bits_of = [&](Span<const float> state, bool turned) {
    std::vector<bool> bits;
    for (const float value : state) bits.push_back((value > (two.low + two.high) / 2) != turned);
    return bits;
  };
  std::set<std::vector<bool>> patterns, mirrored;
  Tensor row = Tensor::matrix(1, size);
  for (Index i = 0; i < data.rows(); ++i) {
    data.read(data.part(network.layer(0).part), i, 1, row.view());
    patterns.insert(bits_of(row.view().row(0), false));
    mirrored.insert(bits_of(row.view().row(0), true));
  }
  std::set<std::vector<bool>> found;
  Index astray = 0, unsettled = 0;
  const Handle<Sampler> descent = make_value<Sampler>("sampler.descent");
  constexpr Index block = 1000;
  for (Index first = 0; first < starts; first += block) {
    Chains chains(network, std::min(block, starts - first));
    chains.prepare(network);
    uniform(context.stream("starts").rows_from(static_cast<std::uint64_t>(first)), chains[0].state);
    for (Index i = 0; i < chains.rows(); ++i)
      for (float& value : chains[0].state.row(i)) value = value < 0.5F ? two.low : two.high;
    Tensor before = Tensor::matrix(chains.rows(), size);
    bool settled = false;
    for (Index s = 0; s < sweeps && !settled; ++s) {
      std::copy_n(chains[0].state.data, before.size(), before.data<float>());
      descent->sweep(network, chains, {1, Stream{}});
      settled = std::equal(before.data<float>(), before.data<float>() + before.size(), chains[0].state.data);
    }
    unsettled += !settled;
    for (Index i = 0; i < chains.rows(); ++i) {
      const std::vector<bool> bits = bits_of(chains[0].state.row(i), false);
      astray += !patterns.contains(bits) && !mirrored.contains(bits);
      found.insert(bits);
    }
    context.progress(static_cast<double>(first + chains.rows()), static_cast<double>(starts), "starts");
  }
  if (unsettled > 0) context.warn(fmt::format("some descents had not settled after {} sweeps", sweeps));
  double own = 0, turned = 0, parasitic = 0;
  for (const auto& bits : found) (patterns.contains(bits) ? own : mirrored.contains(bits) ? turned : parasitic) += 1;
  Outputs outputs;
  outputs.set("table",
              Table{"minima reached from random states",
                    "",
                    {"patterns", "mirrored", "parasitic", "ended in parasitic"},
                    {"", "", "", "%"},
                    {{"", {own, turned, parasitic, 100 * static_cast<double>(astray) / static_cast<double>(starts)}}}});
  return outputs;
}

}  // namespace harmonium
