#include "recall.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "course.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/table.hpp"

namespace harmonium {

TwoStates two_states(const Layer& layer, const char* what) {
  const Span<const double> states = layer.units->states();
  if (states.size != 2)
    throw RunFailed(
        fmt::format("{} needs units with two states, but layer '{}' has {}", what, layer.name, layer.units.type()));
  return {static_cast<float>(states[0]), static_cast<float>(states[1])};
}

void demand_two_states(const ModelSpec& model, const char* what, Specs& out) {
  for (const LayerSpec& layer : model.layers)
    if (!layer.two_states())
      out.problem("in.model",
                  fmt::format("{} needs units with two states, but layer '{}' has {}", what, layer.name, layer.units));
}

void Recall::describe(NodeType<Recall>& type) {
  type.says(
          "How often a network comes back to patterns: from noise, a share of their units turned over and all free to "
          "move, or from a part of them, which is held while the others begin at random.")
      .cites("Hopfield 1982")
      .version(2)
      .random()
      .input<Network>("model", "The memory.")
      .input<Dataset>("data", "The patterns.")
      .output<Table>(
          "table",
          "A row for each share: patterns recalled without a mistake, units recalled, sweeps made by a chain on "
          "average; of descent, how many chains ended at a fixed point and in a cycle of two states.");
  type.parameter("from", &Recall::from)
      .one_of({"noise", "part", "first part"})
      .says(
          "Whether the shares are of units turned over, or of units seen and held: others in every pattern, or the "
          "first ones, the rest being hidden.");
  type.parameter("shares", &Recall::shares).at_least(0).at_most(1).says("The shares of units, from 0 to 1.");
  type.parameter("sampler", &Recall::sampler).says("The dynamics.");
  type.parameter("temperature", &Recall::temperature)
      .at_least(1e-6)
      .says("The temperature; an epoch of the schedule is a sweep. Descent knows none.");
  type.parameter("sweeps", &Recall::sweeps)
      .at_least(1)
      .unit("sweeps")
      .says("The most sweeps; descent ends sooner, where states repeat.");
  type.parameter("until", &Recall::until)
      .one_of({"end", "settled"})
      .says(
          "Whether a chain makes all sweeps, or ends when the running mean of its energy, over as many sweeps as are "
          "averaged, is no lower than over as many before.");
  type.parameter("average", &Recall::average)
      .at_least(1)
      .unit("sweeps")
      .says(
          "What is recalled is the sign of the mean state over so many last sweeps: at a temperature, more than one.");
  type.parameter("repeats", &Recall::repeats).at_least(1).says("How often every pattern is tried at every share.");
}

void Recall::outputs(const Specs& in, Specs& out) const {
  const ModelSpec& model = in.get<Network>("model");
  check_shown(model, in.get<Dataset>("data"), "in.data", out);
  demand_two_states(model, "recall", out);
  const auto shown =
      std::count_if(model.layers.begin(), model.layers.end(), [](const LayerSpec& layer) { return layer.visible; });
  if (shown != 1) out.problem("in.model", "recall is of one visible layer");
  check_sampler(sampler, model, "with.sampler", out);
  if (average > sweeps) out.problem("with.average", "more sweeps are averaged than are made");
  if (until == "settled" && 2 * average > sweeps)
    out.problem("with.average", "two running means of the energy need twice as many sweeps as are averaged");
  out.set<Table>("table", {});
}

std::vector<double> Recall::outcome(const Course& course, View<const float> wanted, float high) const {
  double whole = 0, right = 0, made = 0, fixed = 0, cycling = 0;
  for (Index i = 0; i < wanted.rows; ++i) {
    Index same = 0;
    for (Index j = 0; j < wanted.columns; ++j) same += course.on(i, j) == (wanted(i, j) == high);
    right += static_cast<double>(same);
    whole += same == wanted.columns;
    made += static_cast<double>(course.sweeps(i));
    fixed += course.end(i) == Course::End::fixed_point;
    cycling += course.end(i) == Course::End::cycle_of_two;
  }
  const auto count = static_cast<double>(wanted.rows);
  std::vector<double> row = {100 * whole / count, 100 * right / static_cast<double>(wanted.size()), made / count};
  if (sampler->law() == Law::descent) row.insert(row.end(), {100 * fixed / count, 100 * cycling / count});
  return row;
}

Outputs Recall::run(const Inputs& in, Context& context) const {
  const auto& network = in.get<Network>("model");
  const auto& data = in.get<Dataset>("data");
  check_data(network, data);
  const Index layer = network.visible().front();
  const TwoStates values = two_states(network.layer(layer), "recall");
  const Index size = network.layer(layer).size, rows = data.rows() * repeats;
  Tensor patterns = Tensor::matrix(rows, size);
  for (Index r = 0; r < repeats; ++r)
    data.read(data.part(network.layer(layer).part), 0, data.rows(),
              patterns.view().row_range(r * data.rows(), data.rows()));
  for (float& value : patterns.values<float>())
    value = value > (values.low + values.high) / 2 ? values.high : values.low;

  Table table{"recall",
              from == "noise" ? "share of units turned over" : "share of units seen",
              {"recalled", "units right", "sweeps"},
              {"%", "%", ""},
              {}};
  if (sampler->law() == Law::descent) {
    table.columns.insert(table.columns.end(), {"fixed points", "cycles of two"});
    table.units.insert(table.units.end(), {"%", "%"});
  }
  // The copies that a sampler keeps at other temperatures begin where their chains do.
  Chains chains(network, rows * sampler->replicas());
  const View<const float> wanted = patterns.view();
  std::vector<std::uint8_t> flags(static_cast<std::size_t>(rows * size));
  for (std::size_t k = 0; k < shares.size(); ++k) {
    const Stream stream = context.stream("recall").purpose(std::to_string(k));
    Tensor order = Tensor::matrix(rows, size), random = Tensor::matrix(rows, size);
    uniform(stream.purpose("units"), order.view());
    for (Index l = 0; l < network.size(); ++l) {
      const TwoStates two = two_states(network.layer(l), "recall");
      uniform(stream.purpose("states").purpose(network.layer(l).name), chains[l].state.row_range(0, rows));
      for (Index i = 0; i < rows; ++i)
        for (float& value : chains[l].state.row(i)) value = value < 0.5F ? two.low : two.high;
    }
    // Exactly that share of the units of every pattern, those with the smallest numbers.
    const auto chosen = static_cast<Index>(std::lround(shares[k] * static_cast<double>(size)));
    std::vector<Index> units(static_cast<std::size_t>(size));
    const bool seen = from != "noise";
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < size; ++j) units[static_cast<std::size_t>(j)] = j;
      if (from != "first part")
        std::stable_sort(units.begin(), units.end(),
                         [&](Index a, Index b) { return order.view()(i, a) < order.view()(i, b); });
      for (Index place = 0; place < size; ++place) {
        const Index j = units[static_cast<std::size_t>(place)];
        const bool in_share = place < chosen;
        flags[static_cast<std::size_t>(i * size + j)] = seen && in_share;
        float& state = chains[layer].state(i, j);
        if (!seen) state = in_share ? values.low + values.high - wanted(i, j) : wanted(i, j);
        if (seen && in_share) state = wanted(i, j);
      }
    }
    chains.replicate(sampler->replicas());
    std::vector<View<const std::uint8_t>> held(static_cast<std::size_t>(network.size()));
    held[static_cast<std::size_t>(layer)] = {flags.data(), rows, size};
    Course course(network, chains, rows, layer, (values.low + values.high) / 2, average,
                  {sampler->law() == Law::descent, until == "settled"});
    for (Index s = 0; s < sweeps && !course.all_rest(); ++s) {
      const double last = static_cast<double>(std::max<Index>(1, sweeps - 1));
      chains.prepare(network, 1 / temperature->at({static_cast<double>(s), last, 0}));
      sampler->sweep(network, chains, {1, stream.purpose("sweeps").at(static_cast<std::uint64_t>(s)), {}, held});
      course.note();
    }
    table.rows.push_back({fmt::format("{:g}", shares[k]), outcome(course, wanted, values.high)});
    context.progress(static_cast<double>(k + 1), static_cast<double>(shares.size()), "shares");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium
