#include "baselines.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/shown.hpp"
#include "independent.hpp"

namespace harmonium::baselines {
namespace {

/// All pairs of columns are counted: about 3 GB of these.
constexpr Index most_columns = 10'000;

/// The row of a model in the table. Columns are those that a likelihood of a machine has, and three more.
Table::Row row_of(std::string name, const Density& density, const Mean& test, double training, Index rows) {
  return {std::move(name),
          {test.value, test.error, training, static_cast<double>(density.parameters()), static_cast<double>(rows)}};
}

}  // namespace

void Baselines::Fit::visit(Visitor& visitor) {
  visitor("components", components);
  visitor("iterations", iterations);
  visitor("training", training);
  visitor("validation", validation);
  visitor("validation error", validation_error);
  visitor("gain", gain);
  visitor("score", score);
}

void Baselines::State::visit(Visitor& visitor) {
  visitor("means", means);
  visitor("table", table);
  visitor("chosen", chosen);
  visitor("tree", tree);
  visitor("mixture", mixture);
  visitor("run", run);
  visitor("iteration", iteration);
  visitor("objective", objective);
  visitor("current", current);
  visitor("best", best);
  visitor("expected", expected);
  visitor("fits", fits);
}

void Baselines::describe(NodeType<Baselines>& type) {
  type.says(
          "The log-likelihood of binary data under three normalised models of few parameters, which an energy model "
          "is to beat: independent sites, a mixture of Bernoullis (EM from random rows) and the Chow-Liu tree. All "
          "are fitted to 'data' and scored on 'test'.")
      .cites("Chow, Liu 1968; Dempster, Laird, Rubin 1977; Bishop 2006, section 9.3.3")
      .random()
      .input<Dataset>("data", "The rows that the models are fitted to.")
      .input<Dataset>("test", "Rows that they have not seen.")
      .optional_input<Dataset>("validation",
                               "Other rows, by which the mixture is chosen; they are neither fitted nor scored.")
      .output<Table>("table",
                     "A row for each model: mean log-likelihood of a test row, its standard error, that of a training "
                     "row, free parameters, test rows.")
      .output<Table>("components", "A row for each number of components: the best of its fits.")
      .output<Network>("mixture",
                       "The mixture as a machine with one hidden one-of-K unit; its size is known before the run "
                       "where one number of components is given.")
      .output<Network>("tree", "The tree as a machine whose visible units are joined along its edges.");
  type.parameter("components", &Baselines::components)
      .at_least(1)
      .at_most(1e5)
      .unit("components")
      .says("Of the mixture; from several, the one with the highest likelihood of the validation rows is taken.");
  type.parameter("restarts", &Baselines::restarts)
      .at_least(1)
      .unit("fits")
      .says("How often EM begins anew for each number of components; the best is taken, by validation rows if given.");
  type.parameter("iterations", &Baselines::iterations)
      .at_least(1)
      .unit("iterations")
      .says("EM takes at most so many passes over the data.");
  type.parameter("tolerance", &Baselines::tolerance)
      .at_least(0)
      .unit("nats")
      .says("EM ends where an iteration raises what it maximises by less than this a row.");
  type.parameter("smoothing", &Baselines::smoothing)
      .above(0)
      .unit("rows")
      .says(
          "How many ones, and how many zeros, every unit has shown besides the data, so that no probability is 0: of "
          "independent sites and the tree twice as many rows spread evenly over all states, of each component of the "
          "mixture twice as many rows of independent sites.");
  type.parameter("part", &Baselines::part).says("The part that is modelled.");
}

void Baselines::outputs(const Specs& in, Specs& out) const {
  const PartSpec* modelled = nullptr;
  for (const char* port : {"data", "test", "validation"}) {
    if (!in.has(port)) continue;
    const std::string where = std::string("in.") + port;
    const DataSpec& data = in.get<Dataset>(port);
    const PartSpec* found = data.find(part);
    if (!found) {
      std::string there;
      for (const PartSpec& each : data.parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
      out.problem(where, fmt::format("the data have no part '{}'; their parts are {}", part, there));
    } else if (found->kind == PartSpec::Kind::category) {
      out.problem(where, fmt::format("the part '{}' is categorical, one of {} classes; these models are of units that "
                                     "are 0 or 1 each",
                                     part, found->width));
    } else if (!modelled) {
      modelled = found;
      if (found->width > most_columns)
        out.problem(where, fmt::format("the tree needs all pairs of columns, of which there may be {}, not {}",
                                       most_columns, found->width));
    } else if (found->width != modelled->width) {
      out.problem(where, fmt::format("rows have {} columns, but those fitted have {}", found->width, modelled->width));
    }
    if (data.rows == 0) out.problem(where, "there are no rows");
  }
  if (components.empty()) out.problem("with.components", "at least one number is needed");
  if (components.size() > 1 && !in.has("validation"))
    out.problem(
        "with.components",
        fmt::format("to choose among {} numbers of components, rows are needed at 'validation'", components.size()));
  const Index rows = in.get<Dataset>("data").rows;
  for (const Index count : components)
    if (rows > 0 && count > rows)
      out.problem("with.components", fmt::format("{} components cannot begin at {} rows", count, rows));
  out.set<Table>("table", {});
  out.set<Table>("components", {});
  if (!modelled || modelled->width > most_columns) return;
  out.set<Network>("tree", tree_skeleton(*modelled).spec());
  if (components.size() == 1) out.set<Network>("mixture", mixture_skeleton(*modelled, components[0]).spec());
}

BinaryRows Baselines::rows_of(const Inputs& in, const char* port) const { return {in.get<Dataset>(port), part}; }

Baselines::State Baselines::start(const Inputs& in, Context&) const {
  const BinaryRows rows = rows_of(in, "data"), test = rows_of(in, "test");
  if (const Index most = *std::max_element(components.begin(), components.end()); most > rows.rows())
    throw BadData(fmt::format("{} components cannot begin at {} rows", most, rows.rows()));
  State state;
  state.table = {"log-likelihood of test rows",
                 "model",
                 {column_of("log-likelihood", in.get<Dataset>("test").spec().part(part)), "standard error",
                  "training log-likelihood", "parameters", "rows"},
                 {"nats", "nats", "nats", "", ""},
                 {}};
  const auto add = [&](const char* name, const Density& density) {
    state.table.rows.push_back(row_of(name, density, score(density, test), score(density, rows).value, test.rows()));
  };
  const Independent independent = Independent::fit(rows, smoothing);
  add("independent sites", independent);
  const Tree tree = Tree::fit(rows, smoothing);
  add("Chow-Liu tree", tree);
  state.means = independent.means();
  state.tree = tree.network(in.get<Dataset>("data").spec().part(part));
  // A value that is no state shows before the long part of the work, not after it.
  if (in.has("validation")) score(independent, rows_of(in, "validation"));
  return state;
}

Mixture Baselines::begin(const State& state, const BinaryRows& rows, Context& context) const {
  std::vector<Index> order(static_cast<std::size_t>(rows.rows()));
  permutation(context.stream("first components").at(static_cast<std::uint64_t>(state.run)), order);
  Tensor chosen = Tensor::matrix(components_of(state.run), rows.columns());
  for (Index k = 0; k < chosen.rows(); ++k)
    rows.read(order[static_cast<std::size_t>(k)], chosen.view().row_range(k, 1));
  return Mixture::around(chosen.view(), state.means);
}

bool Baselines::advance(State& state, const Inputs& in, Context& context) const {
  if (state.run == runs()) return false;
  const BinaryRows rows = rows_of(in, "data");
  if (state.current.components() == 0) state.current = begin(state, rows, context);
  if (state.expected.counts.empty()) state.expected = state.current.nothing_expected();
  // A quarter of a second or less: two products of so many operations.
  constexpr double most_operations = 2e9;
  const auto some = static_cast<Index>(
      most_operations / static_cast<double>(std::max<Index>(1, state.current.components() * rows.columns())));
  const Index last = std::min(rows.rows(), state.expected.rows + std::max(some, block_rows));
  Tensor block = Tensor::matrix(std::min(block_rows, rows.rows()), rows.columns());
  while (state.expected.rows < last) {
    const Index first = state.expected.rows;
    const View<float> read = block.view().row_range(0, std::min(block_rows, rows.rows() - first));
    rows.read(first, read);
    state.current.expect(read, state.expected);
  }
  const double part_seen = static_cast<double>(state.expected.rows) / static_cast<double>(rows.rows());
  context.progress(static_cast<double>(state.run * iterations + state.iteration) + part_seen,
                   static_cast<double>(runs() * iterations), "iterations");
  if (state.expected.rows == rows.rows()) step(state, in, context);
  return state.run < runs();
}

void Baselines::step(State& state, const Inputs& in, Context& context) const {
  const auto rows = static_cast<double>(state.expected.rows);
  const double training = state.expected.log_likelihood / rows;
  const double objective = training + state.current.log_prior(prior(state)) / rows;
  if (!std::isfinite(objective)) throw RunFailed("the log-likelihood of the mixture is not finite");
  const double gain = objective - state.objective;
  ++state.iteration;
  context.metric("training log-likelihood", training, "nats");
  const bool converged = state.iteration > 1 && gain < tolerance;
  if (converged || state.iteration == iterations) {
    end_run(state, {components_of(state.run), state.iteration, training, 0, 0, gain, objective}, in, context);
  } else {
    state.objective = objective;
    state.current = Mixture::maximised(state.expected, prior(state));
    state.expected = {};
  }
}

void Baselines::end_run(State& state, Fit fit, const Inputs& in, Context& context) const {
  if (in.has("validation")) {
    const Mean held_out = score(state.current, rows_of(in, "validation"));
    fit.validation = fit.score = held_out.value;
    fit.validation_error = held_out.error;
  }
  const bool best =
      std::all_of(state.fits.begin(), state.fits.end(), [&](const Fit& other) { return fit.score > other.score; });
  if (best) state.best = std::move(state.current);
  state.fits.push_back(fit);
  state.current = {};
  state.expected = {};
  state.iteration = 0;
  if (++state.run == runs()) conclude(state, in, context);
}

void Baselines::conclude(State& state, const Inputs& in, Context& context) const {
  const auto better = [](const Fit& a, const Fit& b) { return a.score < b.score; };
  const bool by_validation = in.has("validation");
  state.chosen = {"mixtures of Bernoullis", "components", {}, {}, {}};
  if (by_validation) state.chosen.columns = {"validation log-likelihood", "standard error"};
  state.chosen.columns.insert(state.chosen.columns.end(), {"training log-likelihood", "iterations"});
  state.chosen.units.assign(state.chosen.columns.size() - 1, "nats");
  state.chosen.units.emplace_back();
  for (std::size_t c = 0; c < components.size(); ++c) {
    const auto first = state.fits.begin() + static_cast<std::ptrdiff_t>(c) * restarts;
    const Fit& fit = *std::max_element(first, first + restarts, better);
    std::vector<double> values;
    if (by_validation) values = {fit.validation, fit.validation_error};
    values.insert(values.end(), {fit.training, static_cast<double>(fit.iterations)});
    state.chosen.rows.push_back({std::to_string(fit.components), std::move(values)});
  }
  const Fit& best = *std::max_element(state.fits.begin(), state.fits.end(), better);
  if (best.iterations == iterations && best.gain >= tolerance)
    context.warn(fmt::format(
        "EM of {} components was stopped after {} iterations, still gaining {:.2g} nats a row: raise iterations",
        best.components, iterations, best.gain));
  const BinaryRows test = rows_of(in, "test");
  state.table.rows.insert(state.table.rows.begin() + 1,
                          row_of(fmt::format("mixture of {} Bernoullis", best.components), state.best,
                                 score(state.best, test), best.training, test.rows()));
  state.mixture = state.best.network(in.get<Dataset>("data").spec().part(part), state.means);
  state.best = {};
}

void Baselines::finish(State& state, const Inputs&, Outputs& out) const {
  out.set("table", state.table);
  out.set("components", state.chosen);
  out.set("mixture", state.mixture);
  out.set("tree", state.tree);
}

}  // namespace harmonium::baselines

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::baselines::Baselines>("evaluator.baselines"); }
