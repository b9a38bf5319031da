// Values: how they are written, made, and written down again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "pipeline/composite.hpp"
#include "plugin/registry.hpp"
#include "types.hpp"

namespace harmonium::pipeline_test {
namespace {

std::string recipe(const std::string& text) {
  register_types();
  return make_value<Course>(text).recipe();
}

std::string message(const std::function<void()>& body) {
  register_types();
  try {
    body();
  } catch (const harmonium::Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Values, EqualNumbersHaveEqualRecipes) {
  const std::string tenth = R"({"use":"schedule.constant","version":1,"with":{"value":0.1}})";
  for (const char* text : {"0.1", ".1", "1e-1", "0.10", "+0.1", "{use: schedule.constant, with: {value: 0.1}}"})
    EXPECT_EQ(recipe(text), tenth) << text;
  const std::string usual = R"({"use":"schedule.constant","version":1})";
  for (const char* text : {"1", "1.0", "schedule.constant", "{use: schedule.constant}", "0x1"})
    EXPECT_EQ(recipe(text), usual) << text;
}

TEST(Values, ARecipeGivesTheSameValueAgain) {
  for (const char* text :
       {"schedule.step", "{use: schedule.step, with: {from: 1e-05, to: 1e+20, at: 7}}", "-0.0", "3"}) {
    const std::string once = recipe(text);
    EXPECT_EQ(recipe(once), once);
  }
  EXPECT_EQ(make_value<Course>(recipe("{use: schedule.step, with: {from: 0.25}}"))->first(), 0.25);
  EXPECT_EQ(make_value<Course>("0.05")->first(), 0.05);
  EXPECT_FALSE(make_value<Course>("none"));
}

TEST(Values, MessagesSayWhatIsExpected) {
  EXPECT_EQ(message([] { make_value<Course>("update.sgd"); }),
            "'update.sgd': 'update.sgd' is an update rule, a schedule is expected");
  EXPECT_EQ(message([] { make_value<Course>("schedule.stp"); }),
            "'schedule.stp': no plugin offers 'schedule.stp'; did you mean 'schedule.step'?");
  EXPECT_EQ(message([] { make_value<Course>("{use: schedule.step, with: {att: 3}}"); }),
            "'{use: schedule.step, with: {att: 3}}': with.att: unknown parameter; did you mean 'at'?");
  EXPECT_EQ(message([] { make_value<Rule>("0.1"); }), "'0.1': an update rule is expected, got the number 0.1");
  EXPECT_EQ(message([] { make_value<Rule>("[update.sgd]"); }),
            "'[update.sgd]': an update rule is expected, got a list");
  EXPECT_EQ(message([] { make_value<Rule>("{use: update.sgd, version: 1}"); }),
            "'{use: update.sgd, version: 1}': version 1 of 'update.sgd' is asked for, version 2 is loaded");
}

TEST(Values, ThatStandForNumbersAreHeldToTheBoundsOfTheParameter) {
  const auto momentum = [](const std::string& text) {
    return message([&] { make_value<Rule>("{use: update.sgd, with: {momentum: " + text + "}}"); });
  };
  EXPECT_EQ(momentum("0.5"), "nothing was thrown");
  EXPECT_THAT(momentum("-1"), ::testing::EndsWith("with.momentum: at least 0 is required, got -1"));
  EXPECT_THAT(momentum("1"), ::testing::EndsWith("with.momentum: less than 1 is required, got 1"));
  EXPECT_EQ(momentum("{use: schedule.step, with: {from: 0.9, to: 0}}"), "nothing was thrown");
  EXPECT_THAT(momentum("{use: schedule.step, with: {from: 0.5, to: 2}}"),
              ::testing::EndsWith("with.momentum: less than 1 is required, got a schedule that reaches 2"));
}

TEST(Composites, AreDescribedFromTheirText) {
  register_types();
  const TypeInfo info = pipeline::described(*Registry::instance().find("stack.greedy"));
  EXPECT_EQ(info.cites, "Hinton, Osindero, Teh 2006");
  ASSERT_EQ(info.parameters.size(), 1u);
  EXPECT_EQ(info.parameters[0].kind, SettingKind::list);
  EXPECT_TRUE(info.parameters[0].required);
  EXPECT_EQ(
      info.parameters[0].says,
      "One entry for each layer, from the data upwards. Each {hidden (required), units: units.bernoulli, trainer: "
      "trainer.cd}.");
  ASSERT_EQ(info.inputs.size(), 1u);
  EXPECT_EQ(info.inputs[0].type, "data");
  ASSERT_EQ(info.outputs.size(), 2u);
  EXPECT_EQ(info.outputs[1].name, "data");
}

}  // namespace
}  // namespace harmonium::pipeline_test
