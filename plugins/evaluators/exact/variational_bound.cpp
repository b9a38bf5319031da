#include "variational_bound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "harmonium/bottom_up.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/mean.hpp"
#include "harmonium/shown.hpp"
#include "log_partition.hpp"
#include "stack/stack.hpp"

namespace harmonium {
namespace {

Tensor in_double(View<const float> values) {
  Tensor out = Tensor::of<double>({values.rows, values.columns});
  for (Index i = 0; i < values.rows; ++i)
    std::copy_n(values.row(i).data, values.columns, out.view<double>().row(i).data);
  return out;
}

/// The models below the highest with their hidden layers shown and the visible ones summed out.
std::vector<Network> turned_over(const Stack& stack) {
  std::vector<Network> turned;
  for (Index i = 0; i + 1 < stack.size(); ++i) {
    turned.push_back(stack.model(i));
    Network& model = turned.back();
    for (Index l = 0; l < model.size(); ++l) model.layer(l).visible = !model.layer(l).visible;
  }
  return turned;
}

void add_free_energies(const Network& network, const Chains& chains, double share, Span<double> sums) {
  std::vector<Tensor> states;
  std::vector<View<const double>> views;
  for (const Index l : network.visible()) states.push_back(in_double(chains[l].state));
  for (const Tensor& state : states) views.push_back(state.view<double>());
  std::vector<double> energies(static_cast<std::size_t>(sums.size));
  free_energy(network, views, energies);
  for (Index r = 0; r < sums.size; ++r) sums[r] += share * energies[static_cast<std::size_t>(r)];
}

/// Draws rows up to the visible layer of the highest model; sums += F(h) - F(v) of every model below.
void add_posteriors(Stack& stack, const std::vector<Network>& turned, const Stream& stream, Span<double> sums) {
  for (Index i = 0; i + 1 < stack.size(); ++i) {
    const Network& model = stack.model(i);
    Chains& chains = stack.chains(i);
    const Index hidden = model.hidden()[0];
    update_layer(model, hidden, chains, stream.purpose(std::to_string(i)), Draw::sample);
    add_free_energies(model, chains, -1, sums);
    add_free_energies(turned[static_cast<std::size_t>(i)], chains, 1, sums);
    const View<const float> drawn = chains[hidden].state;
    const View<float> above = stack.chains(i + 1)[stack.model(i + 1).visible()[0]].state;
    for (Index r = 0; r < drawn.rows; ++r) std::copy_n(drawn.row(r).data, drawn.columns, above.row(r).data);
  }
}

std::vector<std::uint8_t> shown(const Network& network) {
  std::vector<std::uint8_t> flags;
  for (const Layer& layer : network.layers()) flags.push_back(layer.visible ? 1 : 0);
  return flags;
}

template <class Type>
void describe_way(Type& type) {
  type.parameter("settler", &VariationalBound::settler).says("What settles the means of the hidden units.");
  type.parameter("settling", &VariationalBound::settling)
      .at_least(1)
      .unit("sweeps")
      .says("Sweeps of it, after a pass upwards, where hidden units are joined to each other.");
  type.parameter("samples", &VariationalBound::samples)
      .at_least(1)
      .unit("samples")
      .says("Draws from the posteriors of a stack for each row.");
}

}  // namespace

void VariationalBound::describe(NodeType<VariationalBound>& type) {
  type.says(
          "A lower bound on the log-likelihood of data, and whether it can be trusted: by the mean field of the hidden "
          "units, or of a stack, a deep belief network, by the posteriors of its directed layers. log Z is that of the "
          "certificate of the highest model, as evaluator.ais gives one, or added up.")
      .cites("Salakhutdinov, Hinton 2009; Salakhutdinov, Murray 2008")
      .random()
      .list_input<Network>("model",
                           "A machine, or the models of a stack from the lowest up. The highest has a certificate, or "
                           "layers of up to 22 binary units or spins together that leave others not joined to each "
                           "other.")
      .input<Dataset>("data", "The rows.")
      .output<Table>("table",
                     "One row: mean bound of a row, its standard error over rows, log Z, its standard error, the bound "
                     "without log Z, rows.");
  describe_way(type);
}

void BoundOfRows::describe(NodeType<BoundOfRows>& type) {
  type.says(
          "A lower bound on log p(row) of each row, for models whose hidden units are joined to each other, as deep "
          "Boltzmann machines, and for stacks as deep belief networks: evaluator.variational_bound, row by row. The "
          "interval is that of log Z, in 99 of 100 cases.")
      .cites("Salakhutdinov, Hinton 2009; Salakhutdinov, Murray 2008")
      .random()
      .list_input<Network>("model", "A machine, or the models of a stack; log Z of the highest is known or small.")
      .input<Dataset>("data", "The rows, without missing values.")
      .output<Table>("table", "A row for each row of the data.");
  describe_way(type);
}

void BoundOfRows::finish(State& state, const Inputs&, Outputs& out) const {
  const Certificate& known = state.known;
  Table table{"bounds", "row", {"log p(row) at least", "low", "high"}, {"nats", "nats", "nats"}, {}};
  for (std::size_t i = 0; i < state.sums.size(); ++i)
    table.rows.push_back({std::to_string(i + 1),
                          {state.sums[i] - known.log_z, state.sums[i] - known.high, state.sums[i] - known.low},
                          known.verdict});
  out.set("table", std::move(table));
}

void VariationalBound::outputs(const Specs& in, Specs& out) const {
  const Index models = in.count("model");
  if (models == 0) return;
  check_shown(in.get<Network>("model", 0), in.get<Dataset>("data"), "in.data", out);
  check_stack(in, "model", out);
  if (settler->law() != Law::moments)
    out.problem("with.settler", fmt::format("{} gives no means, which a bound needs", settler.type()));
  for (Index i = 0; i + 1 < models; ++i)
    if (!in.get<Network>("model", i).hidden_independent())
      out.problem("in.model", fmt::format("model {}: its hidden layers are joined to each other; only those of the "
                                          "highest may be",
                                          i + 1));
  bool exact = true;
  for (Index i = 0; i < models; ++i) {
    const ModelSpec& model = in.get<Network>("model", i);
    exact = check_exact(model, out) && exact;
    const auto joins_visible = [&](const LinkSpec& link) {
      return model.layers[static_cast<std::size_t>(link.a)].visible &&
             model.layers[static_cast<std::size_t>(link.b)].visible;
    };
    if (i + 1 < models && std::any_of(model.links.begin(), model.links.end(), joins_visible))
      out.problem("in.model", fmt::format("model {}: its visible units are joined to each other and cannot be summed "
                                          "out; only those of the highest may be",
                                          i + 1));
  }
  const ModelSpec& top = in.get<Network>("model", models - 1);
  if (exact && !top.certified && fewest_to_add_up(top).empty())
    out.problem("in.model",
                "log Z cannot be added up: no layers of at most 22 binary units or spins together leave others that "
                "are not joined to each other; evaluator.ais estimates it");
  out.set<Table>("table", {});
}

std::vector<double> VariationalBound::unnormalised(const Network& network, Chains& chains) const {
  const std::vector<std::uint8_t> held = shown(network);
  bottom_up(network, chains, held, {}, Draw::mean);
  if (!network.hidden_independent()) settler->sweep(network, chains, {settling, Stream{}, held});
  const auto rows = static_cast<std::size_t>(chains.rows());
  std::vector<double> bound(rows, 0), energies(rows, 0), units(rows, 0);
  std::vector<Tensor> states;
  for (Index l = 0; l < network.size(); ++l) {
    const Layer& layer = network.layer(l);
    const Tensor theta = in_double(chains[l].theta);
    states.push_back(in_double(chains[l].state));
    if (layer.visible) continue;
    Tensor in_float = Tensor::matrix(chains.rows(), layer.size);
    input_to(network, l, chains, in_float.view());
    const Tensor input = in_double(in_float.view());
    const View<double> mean = states.back().view<double>();
    layer.units->mean(theta.view<double>(), input.view<double>(), mean);
    layer.units->add_log_partition(theta.view<double>(), input.view<double>(), bound);
    for (std::size_t i = 0; i < rows; ++i)
      for (Index j = 0; j < layer.size; ++j) {
        const auto row = static_cast<Index>(i);
        bound[i] -= input.view<double>()(row, j) * mean(row, j);
      }
  }
  // The energy of the connections is what is left of the whole without that of the units.
  std::vector<View<const double>> views;
  for (const Tensor& state : states) views.push_back(state.view<double>());
  energy(network, views, energies);
  for (Index l = 0; l < network.size(); ++l)
    if (!network.layer(l).visible)
      network.layer(l).units->add_energy(in_double(chains[l].theta).view<double>(), views[static_cast<std::size_t>(l)],
                                         units);
  for (std::size_t i = 0; i < rows; ++i) bound[i] -= energies[i] - units[i];
  return bound;
}

VariationalBound::State VariationalBound::start(const Inputs& in, Context& context) const {
  if (in.get<Dataset>("data").rows() == 0) throw BadData("there are no rows");
  for (Index m = 0; m < in.count("model"); ++m) {
    const auto& model = in.get<Network>("model", m);
    if (!model.caveat().empty() && !model.certificate()) context.warn(model.caveat());
  }
  State state;
  state.known = certificate_of(in.get<Network>("model", in.count("model") - 1));
  return state;
}

bool VariationalBound::advance(State& state, const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  const auto first = static_cast<Index>(state.sums.size());
  if (first == data.rows()) return false;
  constexpr Index block = 500;
  if (!state.stack) {
    state.stack = std::make_shared<Stack>(in, "model", std::min(block, data.rows()), Stack::Top::is_sampled);
    state.turned = turned_over(*state.stack);
  }
  Stack& stack = *state.stack;
  const Stream stream = context.stream("posteriors");
  const Index draws = stack.size() > 1 ? samples : 1, count = std::min(block, data.rows() - first);
  state.sums.resize(static_cast<std::size_t>(first + count), 0.0);
  const Span<double> sums{state.sums.data() + first, count};
  for (Index s = 0; s < draws; ++s) {
    stack.show(data, first, count);
    for (const Index l : stack.bottom().visible())
      demand_states(stack.bottom().layer(l), stack.bottom_chains()[l].state, first);
    const Stream drawn = stream.at(static_cast<std::uint64_t>(s)).rows_from(static_cast<std::uint64_t>(first));
    add_posteriors(stack, state.turned, drawn, sums);
    const std::vector<double> top = unnormalised(stack.top(), stack.top_chains());
    for (Index r = 0; r < count; ++r) sums[r] += top[static_cast<std::size_t>(r)];
  }
  for (Index r = 0; r < count; ++r)
    if (!std::isfinite(sums[r])) throw BadData(fmt::format("row {} is none that the model can show", first + r + 1));
  for (double& sum : sums) sum /= static_cast<double>(draws);
  context.progress(static_cast<double>(first + count), static_cast<double>(data.rows()), "rows");
  if (first + count < data.rows()) return true;
  context.metric("bound", mean_of(state.sums).value - state.known.log_z, "nats");
  return false;
}

void VariationalBound::finish(State& state, const Inputs& in, Outputs& out) const {
  const Certificate& known = state.known;
  const Mean mean = mean_of(state.sums);
  const std::string column = column_of("bound", in.get<Network>("model", 0).spec(), in.get<Dataset>("data").spec());
  out.set("table", Table{"variational bound on the log-likelihood",
                         "",
                         {column, "standard error", "log Z", "error of log Z", "bound + log Z", "rows"},
                         {"nats", "nats", "nats", "nats", "nats", ""},
                         {{"",
                           {mean.value - known.log_z, mean.error, known.log_z, known.error, mean.value,
                            static_cast<double>(state.sums.size())},
                           known.verdict}}});
}

}  // namespace harmonium
