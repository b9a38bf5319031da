#include <algorithm>
#include <vector>

#include "harmonium/schedule.hpp"
#include "harmonium/table.hpp"
#include "toy.hpp"

namespace toy {

using namespace harmonium;

namespace {

struct Constant final : Schedule {
  double value = 1;

  static void describe(ValueType<Constant>& type) {
    type.says("The same number always.").from_number("value");
    type.parameter("value", &Constant::value).says("The number.");
  }
  double at(const Moment&) const override { return value; }
  Range range() const override { return {value, value}; }
};

struct Ramp final : Schedule {
  double from = 0;
  double to = 1;

  static void describe(ValueType<Ramp>& type) {
    type.says("From one number to another in a straight line.");
    type.parameter("from", &Ramp::from).says("At the beginning.");
    type.parameter("to", &Ramp::to).says("At the end.");
  }
  double at(const Moment& now) const override { return from + (to - from) * now.epoch / now.epochs; }
  Range range() const override { return {std::min(from, to), std::max(from, to)}; }
  bool depends_on_length() const override { return true; }
};

struct Evaluate {
  Handle<Schedule> schedule = "toy.constant";
  std::vector<double> epochs = {0, 1};
  bool squared = false;

  static void describe(NodeType<Evaluate>& type) {
    type.says("A schedule at some epochs.").output<Table>("values", "A row for each epoch.");
    type.parameter("schedule", &Evaluate::schedule).says("The schedule.");
    type.parameter("epochs", &Evaluate::epochs).unit("epochs").at_least(0).says("Where it is evaluated.");
    type.parameter("squared", &Evaluate::squared).says("Whether to square.");
  }
  Outputs run(const Inputs&, Context&) const {
    Table table;
    table.title = "schedule";
    table.rows_are = "epoch";
    table.columns = {"value"};
    table.units = {""};
    for (double epoch : epochs) {
      const double value = schedule->at({epoch, epochs.back(), 0});
      table.rows.push_back({std::to_string(epoch), {squared ? value * value : value}});
    }
    Outputs outputs;
    outputs.set("values", std::move(table));
    return outputs;
  }
};

}  // namespace

void register_values(Registrar& registrar) {
  registrar.value<Constant>("toy.constant");
  registrar.value<Ramp>("toy.ramp");
  registrar.node<Evaluate>("toy.evaluate");
}

}  // namespace toy
