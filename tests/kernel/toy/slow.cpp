#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <thread>

#include "harmonium/errors.hpp"
#include "harmonium/table.hpp"
#include "toy.hpp"

namespace toy {

using namespace harmonium;

namespace {

/// Adds a random number at every step: work that can be stopped, taken up again and prolonged.
struct Slow {
  struct State {
    Tensor walk = Tensor::of<double>({4});
    std::int64_t step = 0;
    void visit(Visitor& visitor) {
      visitor("walk", walk);
      visitor("step", step);
    }
  };

  int steps = 10;
  double pause = 0;
  int diverges_at = 0;

  static void describe(NodeType<Slow>& type) {
    type.says("A random walk, step by step.")
        .optional_input<Table>("from", "Where it starts: the sum of the first column.")
        .output<Table>("walk", "Where it ends.")
        .random();
    type.parameter("steps", &Slow::steps).unit("steps").at_least(0).extends().says("How many steps.");
    type.parameter("pause", &Slow::pause).unit("ms").at_least(0).says("How long a step takes.");
    type.parameter("diverges_at", &Slow::diverges_at).at_least(0).says("The step that fails; 0: none.");
  }

  State start(const Inputs& inputs, Context&) const {
    State state;
    if (inputs.has("from"))
      for (const auto& row : inputs.get<Table>("from").rows) state.walk.data<double>()[0] += row.values.at(0);
    return state;
  }

  bool advance(State& state, const Inputs&, Context& context) const {
    if (state.step >= steps) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(std::llround(pause * 1000)));
    Stream stream = context.stream("steps").at(static_cast<std::uint64_t>(state.step));
    for (double& value : state.walk.values<double>()) {
      value += static_cast<double>(uniform_integer(stream, 1000)) - 499.5;
      stream = stream.rows_from(1);
    }
    ++state.step;
    if (state.step == diverges_at) throw RunFailed("the walk is not finite at step " + std::to_string(state.step));
    context.progress(static_cast<double>(state.step), steps, "step");
    context.metric("position", state.walk.values<double>()[0], "m");
    return state.step < steps;
  }

  void finish(State& state, const Inputs&, Outputs& outputs) const {
    Table table;
    table.title = "walk";
    table.rows_are = "coordinate";
    table.columns = {"position", "steps"};
    table.units = {"m", ""};
    Index i = 0;
    for (double value : state.walk.values<double>())
      table.rows.push_back({std::to_string(i++), {value, static_cast<double>(state.step)}});
    outputs.set("walk", std::move(table));
  }
};

}  // namespace

void register_slow(Registrar& registrar) { registrar.node<Slow>("toy.slow"); }

}  // namespace toy
