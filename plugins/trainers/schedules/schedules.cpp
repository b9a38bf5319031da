#include <algorithm>
#include <cmath>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/schedule.hpp"

namespace harmonium {
namespace {

class Constant final : public Schedule {
 public:
  double value = 0;
  static void describe(ValueType<Constant>& type) {
    type.says("Always the same number.").from_number("value");
    type.parameter("value", &Constant::value).required().example("0.1").says("The number.");
  }
  double at(const Moment&) const override { return value; }
  Range range() const override { return {value, value}; }
};

class Step final : public Schedule {
 public:
  double from = 0, to = 0, at_epoch = 0;
  static void describe(ValueType<Step>& type) {
    type.says("One number until an epoch, another from it on.");
    type.parameter("from", &Step::from).required().example("0.5").says("The number at first.");
    type.parameter("to", &Step::to).required().example("0.9").says("The number afterwards.");
    type.parameter("at", &Step::at_epoch)
        .required()
        .example("5")
        .at_least(0)
        .unit("epochs")
        .says("Epochs done when it changes.");
  }
  double at(const Moment& now) const override { return now.epoch < at_epoch ? from : to; }
  Range range() const override { return {std::min(from, to), std::max(from, to)}; }
};

class Linear final : public Schedule {
 public:
  double from = 0, to = 0, over = 0;
  static void describe(ValueType<Linear>& type) {
    type.says("From one number to another in a straight line, and constant afterwards.");
    type.parameter("from", &Linear::from).required().example("0.1").says("The number at the start.");
    type.parameter("to", &Linear::to).required().example("0").says("The number at the end.");
    type.parameter("over", &Linear::over)
        .at_least(0)
        .unit("epochs")
        .says("How long it takes; 0 takes the whole training, which then cannot be continued by raising its epochs.");
  }
  double at(const Moment& now) const override {
    const double length = over > 0 ? over : now.epochs;
    return from + (to - from) * std::clamp(now.epoch / length, 0.0, 1.0);
  }
  Range range() const override { return {std::min(from, to), std::max(from, to)}; }
  bool depends_on_length() const override { return over == 0; }
};

class Exponential final : public Schedule {
 public:
  double from = 0, factor = 0.99, limit = 0;
  static void describe(ValueType<Exponential>& type) {
    type.says("Multiplied by a factor every epoch.");
    type.parameter("from", &Exponential::from).required().example("0.1").says("The number at the start.");
    type.parameter("factor", &Exponential::factor).above(0).unit("per epoch").says("What an epoch multiplies it by.");
    type.parameter("limit", &Exponential::limit)
        .at_least(0)
        .says("The size that it neither falls below nor, where it rises, exceeds; 0 for none.");
  }
  double at(const Moment& now) const override { return limited(from * std::pow(factor, now.epoch)); }
  Range range() const override {
    const double last = factor < 1 ? limited(0) : factor == 1 || from == 0 ? from : limited(HUGE_VAL);
    return {std::min(limited(from), last), std::max(limited(from), last)};
  }

 private:
  double limited(double value) const {
    if (limit == 0 || factor == 1) return std::copysign(value, from);
    return std::copysign(factor < 1 ? std::max(std::abs(value), limit) : std::min(std::abs(value), limit), from);
  }
};

class Listed final : public Schedule {
 public:
  std::vector<double> values;
  double each = 1;
  static void describe(ValueType<Listed>& type) {
    type.says("Numbers of a list, one after the other; the last one stays.");
    type.parameter("values", &Listed::values).required().example("[2, 1, 0.5]").says("The numbers; at least one.");
    type.parameter("each", &Listed::each).above(0).unit("epochs").says("How long each of them lasts.");
  }
  double at(const Moment& now) const override {
    demand_values();
    const auto place = static_cast<std::size_t>(std::max(0.0, now.epoch / each));
    return values[std::min(place, values.size() - 1)];
  }
  Range range() const override {
    demand_values();
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return {*least, *most};
  }

 private:
  void demand_values() const {
    if (values.empty()) throw BadPipeline("schedule.list needs at least one number in 'values'");
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::Constant>("schedule.constant");
  registrar.value<harmonium::Step>("schedule.step");
  registrar.value<harmonium::Linear>("schedule.linear");
  registrar.value<harmonium::Exponential>("schedule.exponential");
  registrar.value<harmonium::Listed>("schedule.list");
}
