#include <gtest/gtest.h>

#include "pipelines/shell.hpp"

/// That the kit bites: every type of the plugins beside this test breaks one law, which the kit must name.
namespace harmonium::testing {
namespace {

Shell::Ran check(const std::string& arguments) { return Shell()("harmonium-conformance " + arguments); }

std::string plugin(const std::string& name) { return std::string(WRONG_PLUGINS) + "/" + name + ".so"; }

struct Case {
  const char* plugin;
  const char* type;
  /// The beginning of the name of a law that must fail.
  const char* law;
  const char* options = "";
};

void PrintTo(const Case& one, std::ostream* out) { *out << one.type << " " << one.options; }

class WrongType : public ::testing::TestWithParam<Case> {};

TEST_P(WrongType, FailsTheLawThatItBreaks) {
  const Case& one = GetParam();
  const Shell::Ran ran = check(plugin(one.plugin) + " " + one.type + " " + one.options);
  EXPECT_EQ(ran.status, 1) << ran.out << ran.err;
  EXPECT_NE(ran.out.find(std::string("\nFAILED ") + one.law), std::string::npos) << ran.out;
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongType,
    ::testing::Values(
        Case{"wrong-units", "wrong.deviation", "sample draws from the distribution"},
        Case{"wrong-units", "wrong.square", "expected statistics are the expectations"},
        Case{"wrong-units", "wrong.sign", "log_partition is the logarithm of the sum"},
        Case{"wrong-units", "wrong.overflow", "inputs of +-10,000 give finite results"},
        Case{"wrong-units", "wrong.mean", "mean is the derivative of log_partition"},
        Case{"wrong-units", "wrong.together", "sample draws from the distribution"},
        Case{"wrong-units", "wrong.rows", "rows are independent"},
        Case{"wrong-units", "wrong.block_draw", "sample_block draws from the same distribution"},
        Case{"wrong-units", "wrong.overwritten", "energies, log_partition and statistics are added"},
        Case{"wrong-units", "wrong.none", "log_partition is the logarithm of the sum", "--states 0..2"},
        Case{"wrong-units", "wrong.throws", "log_partition is the logarithm of the sum"},
        Case{"wrong-units", "wrong.no_energy_at_all", "add_energy and add_statistics say for every state"},
        Case{"wrong-units", "wrong.variance", "variance is the variance of x"},
        Case{"wrong-units", "wrong.covariance", "multiply_by_covariance multiplies by the covariance"},
        Case{"wrong-units", "wrong.mode", "mode is the most probable state"},
        Case{"wrong-units", "wrong.energy", "add_energy gives -theta . t(x) - log h(x)"},
        Case{"wrong-units", "wrong.initialise", "initialise gives units without input"},
        Case{"wrong-units", "wrong.takes_all", "check() takes data that are states of the units"},
        Case{"wrong-units", "wrong.neighbours", "blocks are independent"},
        Case{"wrong-units", "wrong.alias", "mean and input may be the same matrix"},
        Case{"wrong-units", "wrong.peeks", "where needs_input() says no"},
        Case{"wrong-units", "wrong.threads", "a draw depends on its stream alone"},
        Case{"wrong-units", "wrong.chain", "chain() is the chain rule"},
        Case{"wrong-units", "wrong.ramp", "mean is the expectation of what sample and sample_block draw"},
        Case{"wrong-units", "wrong.tailless", "tail() says how fast h falls", "--states real"},
        Case{"wrong-units", "wrong.half_line", "values() says which values are states"},
        Case{"wrong-units", "wrong.mislisted", "values() says which values are states"},
        Case{"wrong-samplers", "wrong.moves_held", "what is held never moves"},
        Case{"wrong-samplers", "wrong.half_field", "exact draws from exp(-beta E) / Z stay draws"},
        Case{"wrong-samplers", "wrong.no_temperature", "exact draws from exp(-beta E) / Z stay draws"},
        Case{"wrong-samplers", "wrong.mixes_rows", "rows are independent"},
        Case{"wrong-samplers", "wrong.same_numbers", "sweeps in one request are those of one request after"},
        Case{"wrong-samplers", "wrong.climbs", "the energy never rises"},
        Case{"wrong-samplers", "wrong.draws", "means come to rest"},
        Case{"wrong-samplers", "wrong.idle", "the check can tell"},
        Case{"wrong-samplers", "wrong.half_mean", "the state of a unit is a draw of which its mean"},
        Case{"wrong-samplers", "wrong.twice_mean", "states and means stay between"},
        Case{"wrong-samplers", "wrong.cools", "the same request gives the same states"},
        Case{"wrong-samplers", "wrong.never_mean", "as_mean leaves a layer at its mean"},
        Case{"wrong-samplers", "wrong.half_way", "it ends in a state that no single unit"},
        Case{"wrong-samplers", "wrong.overconfident", "means are exact where nothing is joined"},
        Case{"wrong-connections", "wrong.not_transposed", "to_b(x_a) . x_b = x_a . to_a(x_b)"},
        Case{"wrong-connections", "wrong.twice", "to_b(x_a) . x_b = x_a . to_a(x_b)"},
        Case{"wrong-connections", "wrong.no_range", "to_b and to_a give any range of units"},
        Case{"wrong-connections", "wrong.adds", "to_b and to_a give any range of units"},
        Case{"wrong-connections", "wrong.leaks", "rows are independent"},
        Case{"wrong-connections", "wrong.precision", "float and double agree"},
        Case{"wrong-connections", "wrong.silent", "correlate gives every element"},
        Case{"wrong-connections", "wrong.lopsided", "within a layer B is symmetric"},
        Case{"wrong-connections", "wrong.shrinks", "constrain leaves what it has constrained"},
        Case{"wrong-connections", "wrong.twice", "shape() takes layers that can be joined", "--join 6"},
        Case{"wrong-trainers", "wrong.downhill", "it raises the exact likelihood"},
        Case{"wrong-trainers", "wrong.by_threads", "one thread and two give the same bits"},
        Case{"wrong-trainers", "wrong.takes_anything", "it takes a small machine and its data, and refuses"},
        Case{"wrong-trainers", "wrong.forgets", "work that is stopped"},
        Case{"wrong-trainers", "wrong.positive_only", "where the data are the model's own distribution", "--gradient"}),
    [](const ::testing::TestParamInfo<Case>& one) {
      std::string name = std::string(one.param.type).substr(6) + (*one.param.options ? "_with_options" : "");
      if (std::string(one.param.law).starts_with("shape")) name += "_of_a_layer";
      return name;
    });

TEST(ConformanceKit, OfTheSameTypesWithoutTheErrorsHolds) {
  const Shell::Ran units = check(plugin("wrong-units") + " wrong.none");
  EXPECT_EQ(units.status, 0) << units.out << units.err;
  EXPECT_EQ(units.out.find("FAILED"), std::string::npos);
  EXPECT_NE(units.out.find("states: 0, 1\n"), std::string::npos);
  const Shell::Ran approximate = check(plugin("wrong-units") + " wrong.no_exact_units");
  EXPECT_EQ(approximate.status, 0) << approximate.out << approximate.err;
  EXPECT_NE(approximate.out.find("the units are approximate"), std::string::npos);
  EXPECT_EQ(approximate.out.find("log_partition is"), std::string::npos);
  const Shell::Ran images = check(plugin("wrong-connections") + " wrong.no_kernels");
  EXPECT_EQ(images.status, 0) << images.out << images.err;
  EXPECT_NE(images.out.find("6x5 to 1x4x3\n"), std::string::npos) << images.out;
  EXPECT_EQ(check(plugin("wrong-connections") + " wrong.no_kernels --join 4x4:5x2x2").status, 0);
  const Shell::Ran trainer = check(plugin("wrong-trainers") + " wrong.no_trainer --gradient");
  EXPECT_EQ(trainer.status, 0) << trainer.out << trainer.err;
}

TEST(ConformanceKit, SaysWhatWasExpectedAndGotAtWhichInput) {
  const Shell::Ran ran = check(plugin("wrong-units") + " wrong.sign");
  EXPECT_NE(ran.out.find("input (-6, -6, -6, -6, -6, -6): expected 0.0148"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find(", got 36.0148"), std::string::npos) << ran.out;
  EXPECT_NE(ran.out.find("and 111 more"), std::string::npos) << ran.out;
}

TEST(ConformanceKit, SaysWhyAPluginOrATypeCannotBeChecked) {
  const auto expect = [](const std::string& arguments, int status, const std::string& text) {
    const Shell::Ran ran = check(arguments);
    EXPECT_EQ(ran.status, status) << arguments << "\n" << ran.out << ran.err;
    EXPECT_NE((ran.out + ran.err).find(text), std::string::npos) << arguments << "\n" << ran.out << ran.err;
  };
  expect("--help", 0, "Exit status: 0; 1 a law does not hold");
  expect("", 64, "--help");
  expect(plugin("wrong-units"), 64, "type is required");
  expect("nowhere.so units.bernoulli", 69, "nowhere.so cannot be used: there is no such folder or library");
  expect(plugin("wrong-units") + " wrong.sing", 64, "has no type 'wrong.sing'; did you mean 'wrong.sign'?");
  expect(plugin("wrong-units") + " wrong.sign --with '{slope: 2}'", 78, "unknown parameter");
  expect(plugin("wrong-units") + " wrong.sign --states odd", 64, "--states takes binary");
  expect(plugin("wrong-connections") + " wrong.twice --join 6:", 64, "--join takes shapes");
  expect(plugin("wrong-trainers") + " wrong.no_trainer --with '[1]'", 78, "a map of parameters is expected");
  expect(std::string(SHIPPED_PLUGINS) + "/updates.so update.sgd", 64, "'update.sgd' is update rule");
  expect(std::string(SHIPPED_PLUGINS) + "/backpropagation.so trainer.backprop", 64, "there are laws for");
}

}  // namespace
}  // namespace harmonium::testing
