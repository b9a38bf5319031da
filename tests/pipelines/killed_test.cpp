#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>

#include "shell.hpp"

/// Runs that are killed, at whatever moment, end as if they had not been: every trainer, and every evaluator that may
/// take long.
namespace harmonium::testing {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string name, nodes;
  /// Nodes that must have been cut off and resumed on the way: a node that ends before its first checkpoint shows
  /// nothing.
  std::set<std::string> resumed = {"last"};
  friend std::ostream& operator<<(std::ostream& out, const Case& of) { return out << of.name; }
};

/// The nodes that all cases may build on: binary digits of 8 x 8 pixels, with their labels.
constexpr const char* digits = R"(harmonium: 1
nodes:
  file:   {use: reader.csv, with: {path: SOURCE/share/data/digits.csv.gz, label: last, shape: [8, 8]}}
  grey:   {use: data.scale, in: {use: data.rows, in: file, with: {count: 400}}, with: {from: [0, 16]}}
  digits: {use: data.binarise, in: grey, with: {threshold: 0.5}}
  bars:   {use: reader.bars_and_stripes, with: {side: 3}}
)";

constexpr const char* labelled = R"(
  joint:
    use: model.network
    in: digits
    with:
      layers:
        - {name: digit, visible: true}
        - {name: class, visible: true, part: label, units: units.softmax}
        - {name: hidden, size: 30}
      connections: [{between: [digit, hidden]}, {between: [class, hidden]}]
)";
constexpr const char* deep =
    "  pretrained: {use: stack.dbm, in: digits, with: {layers: [{hidden: 20, trainer: {use: trainer.cd, with: {epochs: "
    "5}}}, {hidden: 12, trainer: {use: trainer.cd, with: {epochs: 5}}}]}}\n";
constexpr const char* stacked = R"(
  stack:
    use: stack.greedy
    in: digits
    with:
      layers:
        - {hidden: 24, trainer: {use: trainer.cd, with: {epochs: 20}}}
        - {hidden: 16, trainer: {use: trainer.cd, with: {epochs: 20}}}
)";

std::vector<Case> cases() {
  const std::string machine = "  model: {use: model.boltzmann, in: bars, with: {hidden: 4, weights_width: 0.1}}\n";
  const std::string trained =
      "  rbm: {use: trainer.pcd, in: {model: {use: model.rbm, with: {hidden: 20}}, data: digits}, with: {epochs: 5}}\n";
  const std::string helmholtz =
      "  machine: {use: trainer.wake_sleep, in: {model: {use: model.helmholtz, in: digits, with: {hidden: [20, 10]}}, "
      "data: digits}, with: {epochs: ";
  const std::string believing = std::string(stacked) + R"(
  top:
    use: trainer.cd
    in:
      data: stack.data
      model:
        use: model.network
        in: stack.data
        with:
          layers:
            - {name: features, visible: true}
            - {name: class, visible: true, part: label, units: units.softmax}
            - {name: hidden, size: 20}
          connections: [{between: [features, hidden]}, {between: [class, hidden]}]
    with: {epochs: 5}
  greedy: {use: model.deep_belief, in: {stack: stack, top: top}}
)";
  return {
      {"cd",
       "  last: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: 40}}, data: grey}, with: {epochs: "
       "300, snapshots: 100, update: {use: update.adam}}}\n"},
      {"pcd",
       "  last: {use: trainer.pcd, in: {model: {use: model.rbm, with: {hidden: 40}}, data: grey, validation: "
       "digits}, with: {epochs: 200, inputs: sampled, sampler: {use: sampler.tempering}}}\n"},
      {"maximum_likelihood", machine + "  last: {use: trainer.maximum_likelihood, in: {model: model, data: bars}, "
                                       "with: {epochs: 500}}\n"},
      {"boltzmann",
       machine + "  last: {use: trainer.boltzmann, in: {model: model, data: bars}, with: {epochs: 300}}\n"},
      {"hebb",
       "  patterns: {use: reader.patterns, with: {count: 60, size: 200}}\n"
       "  last: {use: trainer.hebb, in: {model: {use: model.hopfield}, data: patterns}, with: {minus: valleys, "
       "epochs: 400}}\n"},
      {"softmax", "  last: {use: trainer.softmax, in: digits, with: {epochs: 1500}}\n"},
      {"backprop", std::string(stacked) +
                       "  last: {use: trainer.backprop, in: {stack: stack, data: digits, validation: "
                       "grey}, with: {epochs: 200, dropout: 0.2}}\n"},
      {"autoencoder", std::string(stacked) + "  last: {use: trainer.autoencoder, in: {stack: stack, data: digits}, "
                                             "with: {epochs: 200, update: {use: update.adam}}}\n"},
      {"classification", std::string(labelled) + "  last: {use: trainer.classification, in: {model: joint, data: "
                                                 "digits, validation: digits}, with: {epochs: 100}}\n"},
      {"svm",
       trained + "  features: {use: model.encode, in: {model: rbm, data: digits}}\n"
                 "  last: {use: trainer.svm, in: features}\n",
       {}},
      {"wake_sleep", helmholtz + "150}}\n", {"machine"}},
      {"up_down", believing + "  last: {use: trainer.up_down, in: {model: greedy, data: digits}, with: {epochs: 40}}\n"
                              "  dreams: {use: model.class_samples, in: {model: last, data: digits}, with: {sweeps: "
                              "1000}}\n"},
      {"dbm", std::string(deep) +
                  "  last: {use: trainer.pcd, in: {model: pretrained, data: digits}, with: {epochs: 40, settler: {use: "
                  "sampler.mean_field}}}\n"},
      {"annealing", trained + "  last: {use: evaluator.ais, in: {model: rbm, data: digits}, with: {temperatures: 4000, "
                              "burn_in: 1000, schedule: adaptive}}\n"},
      {"mixing", trained + "  last: {use: evaluator.mixing, in: {model: rbm}, with: {chains: 2, burn_in: 5000, sweeps: "
                           "60000, units: true}}\n"},
      {"baselines", "  last: {use: evaluator.baselines, in: {data: digits, test: digits}, with: {components: [50]}}\n"},
      {"helmholtz_likelihood", helmholtz + "5}}\n  last: {use: evaluator.helmholtz_likelihood, in: {model: machine, "
                                           "data: digits}, with: {samples: 2000}}\n"},
      {"rowwise",
       std::string(deep) + "  all: {use: data.binarise, in: {use: data.scale, in: file, with: {from: [0, 16]}}, with: "
                           "{threshold: 0.5}}\n"
                           "  wide: {use: model.rbm, in: digits, with: {hidden: 400}}\n"
                           "  pseudo: {use: evaluator.pseudo_likelihood, in: {model: wide, data: all}}\n"
                           "  bound: {use: evaluator.variational_bound, in: {model: pretrained, data: all}}\n",
       {"pseudo", "bound"}},
      {"samples", trained + "  last: {use: figure.samples, in: {model: rbm}, with: {sweeps: 30000}}\n"
                            "  generated: {use: ask.generate, in: {model: rbm}, with: {sweeps: 4000}}\n"},
      {"encoded",
       trained + "  all: {use: data.scale, in: file, with: {from: [0, 16]}}\n"
                 "  whitened: {use: data.whiten, in: all}\n"
                 "  features: {use: model.encode, in: {model: rbm, data: all}}\n"
                 "  rebuilt: {use: model.reconstruct, in: {model: rbm, data: all}}\n"
                 "  completed: {use: ask.complete, in: {model: rbm, data: digits}}\n",
       {}},
  };
}

/// The nodes that a run took up where they had been cut off.
std::set<std::string> resumed_in(const std::filesystem::path& journal) {
  std::set<std::string> nodes;
  std::istringstream lines(content_of(journal));
  for (std::string line; std::getline(lines, line);)
    if (const Json event = Json::parse(line, nullptr, false); event.is_object() && event["event"] == "node resumed")
      nodes.insert(event["node"]);
  return nodes;
}

/// Of each node that a run began, its figures as they stand in the journal: name, step and value, one after the other.
std::map<std::string, std::string> figures_in(const std::filesystem::path& journal) {
  std::map<std::string, std::string> figures;
  std::istringstream lines(content_of(journal));
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line, nullptr, false);
    EXPECT_TRUE(event.is_object()) << line;
    if (!event.is_object()) break;
    if (event["event"] == "node started") {
      EXPECT_TRUE(figures.emplace(event["node"], "").second) << line;
    }
    if (event["event"] == "metric")
      figures.at(event["node"]) +=
          fmt::format("{} {} {}\n", event["name"].dump(), event["step"].dump(), event["value"].dump());
  }
  return figures;
}

/// The tables that a run was asked for.
Json tables_in(const std::filesystem::path& run) {
  return Json::parse(content_of(run / "manifest.json"), nullptr, false)["tables"];
}

class Killed : public ::testing::TestWithParam<Case> {};

TEST_P(Killed, AtFiftyMomentsEndsWithTheBitsOfARunThatWasNot) {
  std::string pipeline = std::string(digits) + GetParam().nodes;
  pipeline.replace(pipeline.find("SOURCE"), 6, HARMONIUM_SOURCE);
  const Shell straight;
  straight.write("killed.yaml", pipeline);
  const Shell::Ran whole = straight("harmonium run killed.yaml --quiet --out results --json --threads 1");
  ASSERT_EQ(whole.status, 0) << whole.err;
  const auto expected = results_in(straight.path() / "store");
  const Json tables = tables_in(straight.path() / "results");
  const auto figures = figures_in(straight.path() / "results" / "journal.jsonl");

  const Shell shell;
  shell.write("killed.yaml", pipeline);
  std::mt19937 chance(std::hash<std::string>{}(GetParam().name));
  std::uniform_real_distribution<double> seconds(0.03, 0.2);
  std::uniform_int_distribution<int> call(1, 60), coin(0, 1);
  int kills = 0, completions = 0;
  std::set<std::string> missing = GetParam().resumed;
  for (int attempt = 0; attempt < 1000 && (kills < 50 || completions == 0 || !missing.empty()); ++attempt) {
    const bool in_a_write = coin(chance) == 1;
    // In the folder of the run that was killed, unless it was killed before it had one. A later one may live to the
    // end.
    const auto attempted = [&](const std::string& resume) {
      const std::string run = "harmonium run killed.yaml --quiet --threads 1 --checkpoint 0.01" + resume;
      if (kills >= 50 && missing.empty()) return shell(run);
      if (in_a_write)
        return shell(fmt::format("env LD_PRELOAD={} FAILING_BELOW={} FAILING_AT={} FAILING_WITH=kill {}",
                                 HARMONIUM_FAILING_WRITES, shell.path().string(), call(chance), run));
      // A process that is killed while it waits for the disk holds its locks until that is done.
      return shell(fmt::format("{} & run=$!; sleep {:.3f}; kill -KILL $run; wait $run", run, seconds(chance)));
    };
    Shell::Ran ran = attempted(" --resume");
    if (ran.status == 64) ran = attempted("");
    for (const std::string& node : resumed_in(shell.path() / "runs" / "killed" / "latest" / "journal.jsonl"))
      missing.erase(node);
    if (ran.status == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    ASSERT_EQ(ran.status, 0) << ran.err << shell("tail -n 3 runs/killed/latest/journal.jsonl").out;
    ++completions;
    EXPECT_TRUE(results_in(shell.path() / "store") == expected);
    EXPECT_EQ(tables_in(shell.path() / "runs" / "killed" / "latest"), tables);
    const std::filesystem::path partial = shell.path() / "store" / "partial";
    EXPECT_TRUE(!std::filesystem::exists(partial) || std::filesystem::is_empty(partial));
    for (const auto& [node, told] : figures_in(shell.path() / "runs" / "killed" / "latest" / "journal.jsonl"))
      EXPECT_EQ(told, figures.at(node)) << node;
    if (::testing::Test::HasFailure()) return;
    std::filesystem::remove_all(shell.path() / "store");
    std::filesystem::remove_all(shell.path() / "runs");
  }
  EXPECT_GE(kills, 50);
  EXPECT_EQ(missing, std::set<std::string>()) << "never cut off and resumed";
}

INSTANTIATE_TEST_SUITE_P(Nodes, Killed, ::testing::ValuesIn(cases()), [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace harmonium::testing
