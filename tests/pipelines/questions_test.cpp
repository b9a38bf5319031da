#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "family.hpp"

/// Questions to models: the pipeline that measures them, and the verb as a person uses it.
namespace harmonium::testing {
namespace {

using Imputations = Family;

TEST_F(Imputations, OfHalfThePixelsAreFarNearerThanTheMeanOfEach) {
  run("imputation");
  // A row has 64 pixels, and a fifth of the 1797 digits is held out.
  EXPECT_EQ(value("error", "missing values"), 359 * 32);
  EXPECT_LE(value("error", "ratio"), 0.6);
  for (const char* one : {"trial[seed=1].error", "trial[seed=2].error", "trial[seed=3].error"}) {
    EXPECT_LE(value(one, "ratio"), 0.6) << one;
    EXPECT_NEAR(value(one, "squared error") / value(one, "of column means"), value(one, "ratio"), 1e-3) << one;
  }
  EXPECT_TRUE(drawn("digits_with_holes"));
}

/// A small machine that knows two patterns, and one with a label.
class Asking : public ::testing::Test {
 protected:
  static constexpr const char* pipeline = R"(harmonium: 1
nodes:
  rows: {use: reader.table, with: {rows: ["1 1 0 0", "0 0 1 1"], shape: [2, 2]}}
  rbm:
    use: trainer.cd
    in: {model: {use: model.rbm, in: rows, with: {hidden: 2}}, data: rows}
    with: {epochs: 1000, batch: 2, update: {use: update.sgd, with: {rate: 0.3}}}
  saved: {use: export.npz, in: rbm}
  labelled:
    use: model.network
    with:
      layers: [{name: features, size: 3, visible: true}, {name: label, units: units.softmax, size: 2, visible: true, part: label},
               {name: hidden, size: 4}]
      connections: [{between: [features, hidden], weights_deviation: 1}, {between: [label, hidden], weights_deviation: 1}]
)";

  Asking() { shell.write("small.yaml", pipeline); }
  void run(const std::string& arguments = "") const {
    const Shell::Ran ran = shell("harmonium run small.yaml --quiet --out results " + arguments);
    ASSERT_EQ(ran.status, 0) << ran.err;
  }
  /// What is said on standard output; a failure of the test where the verb fails.
  std::string answer(const std::string& question) const {
    const Shell::Ran ran = shell("harmonium ask " + question);
    EXPECT_EQ(ran.status, 0) << question << "\n" << ran.err;
    EXPECT_EQ(ran.err, "") << question;
    return ran.out;
  }
  void expect_refused(const std::string& question, int status, const std::string& message) const {
    const Shell::Ran ran = shell("harmonium ask " + question);
    EXPECT_EQ(ran.status, status) << question;
    EXPECT_EQ(ran.out, "") << question;
    EXPECT_EQ(ran.err, message) << question;
  }
  static std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n');
    return text.substr(text.rfind('\n', end) + 1, end + 1);
  }
  static std::string without_verdict(const std::string& line) { return line.substr(0, line.rfind(',')); }
  static std::vector<double> numbers(const std::string& line) {
    std::vector<double> all;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) all.push_back(std::stod(cell));
    return all;
  }
  static Index lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }
  Index files() const {
    Index count = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(shell.path()))
      // What the shell said last lies beside.
      count += each.is_regular_file() && each.path().filename() != "out" && each.path().filename() != "err";
    return count;
  }
  Shell shell;
};

TEST_F(Asking, GivesEnergiesAndRelativeProbabilities) {
  run();
  const std::string energies = answer("small.yaml:rbm energy --data 1,1,0,0 --data 1,0,1,0");
  EXPECT_TRUE(energies.starts_with("row,free energy (nats)\n1,")) << energies;
  ASSERT_EQ(lines(energies), 3);
  const std::string first = energies.substr(energies.find('\n') + 1);
  const double learned = numbers(first)[1], strange = numbers(first.substr(first.find('\n') + 1))[1];
  EXPECT_LT(learned + 2, strange);
  const std::string ratio = answer("small.yaml:rbm compare --data 1,1,0,0 --other '1 0 1 0'");
  EXPECT_NEAR(numbers(ratio.substr(ratio.find('\n') + 1))[1], strange - learned, 1e-4);
  // Rows of a node of the pipeline.
  EXPECT_EQ(lines(answer("small.yaml:rbm energy --data rows")), 3);
}

TEST_F(Asking, FillsInWhatIsMissing) {
  run();
  shell.write("holes.csv", "1,?,0,\nnan,0,?,1\n");
  const std::string whole = answer("small.yaml:rbm complete --data holes.csv");
  ASSERT_EQ(lines(whole), 2);
  const std::vector<double> one = numbers(whole), other = numbers(whole.substr(whole.find('\n') + 1));
  EXPECT_EQ(one[0], 1);
  EXPECT_GT(one[1], 0.8);
  EXPECT_LT(one[3], 0.2);
  EXPECT_LT(other[0], 0.2);
  EXPECT_GT(other[2], 0.8);
  EXPECT_EQ(answer("small.yaml:rbm complete --data '1,?,0,?' give=state"), "1,1,0,0\n");
  // So few unknown units are enumerated; chains come near.
  EXPECT_NEAR(numbers(answer("small.yaml:rbm complete --data 1,?,0,0 enumerate=0 chains=200"))[1],
              numbers(answer("small.yaml:rbm complete --data 1,?,0,0"))[1], 0.05);
}

TEST_F(Asking, WritesAndReadsArraysAndPictures) {
  run();
  EXPECT_EQ(answer("small.yaml:rbm complete --data 1,?,0,0 --out whole.npy"), "");
  EXPECT_EQ(answer("small.yaml:rbm complete --data 1,?,0,0 --out whole.csv"), "");
  EXPECT_EQ(answer("small.yaml:rbm energy --data whole.npy"), answer("small.yaml:rbm energy --data whole.csv"));
  EXPECT_EQ(answer("small.yaml:rbm energy --data whole.csv --out energy.npy"), "");
  EXPECT_TRUE(content_of(shell.path() / "energy.npy").starts_with("\x93NUMPY"));
  EXPECT_EQ(answer("small.yaml:rbm generate count=9 sweeps=5 --out nine.png"), "");
  EXPECT_TRUE(content_of(shell.path() / "nine.png").starts_with("\x89PNG\r\n\x1a\n"));
  // A picture is cut into as many rows as pictures of the model's shape lie in it.
  const Index rows = lines(answer("small.yaml:rbm features --data " HARMONIUM_SOURCE "/share/data/dead-leaves.png"));
  EXPECT_GT(rows, 100);
  EXPECT_EQ(lines(answer("small.yaml:rbm denoise sweeps=2 --data nine.png")), 9);
  // Pictures are read as they are written, to the half of one of 255 steps.
  const std::vector<double> written = numbers(answer("small.yaml:rbm denoise --data 1,1,0,1"));
  EXPECT_EQ(answer("small.yaml:rbm denoise --data 1,1,0,1 --out one.png"), "");
  const std::string energy = "small.yaml:rbm energy --data ";
  EXPECT_NEAR(numbers(last_line(answer(energy + "one.png")))[1],
              numbers(last_line(answer(energy + fmt::format("{}", fmt::join(written, ",")))))[1], 0.02);
  shell.write("wide.yaml", R"(harmonium: 1
nodes:
  rows: {use: reader.table, with: {rows: ["1 1 0 0 1 0"], shape: [2, 3]}}
  wide: {use: export.png, in: rows}
)");
  ASSERT_EQ(shell("harmonium run wide.yaml --quiet --out wide").status, 0);
  const std::string wide = (shell.path() / "wide/wide.png").string();
  expect_refused("small.yaml:rbm energy --data wide/wide.png", 64,
                 "harmonium: --data: " + wide +
                     " has 2 x 3 pixels, which cannot be cut into patches of 2 x 2 without a remainder\n");
  expect_refused("small.yaml:rbm features --data 1,1,0,0 --out features.png", 64,
                 "harmonium: --out: the data have no part that is an image of rows and columns\n");
}

TEST_F(Asking, LeavesOutOfAnswersWhatTheModelDoesNotShow) {
  shell.write("labelled.csv", "1,1,0,0,a\n0,0,1,1,b\n");
  std::string with_labels = pipeline;
  with_labels += "  named: {use: reader.csv, with: {path: labelled.csv, label: last, shape: [2, 2]}}\n";
  shell.write("small.yaml", with_labels);
  run("--to rbm --to named");
  EXPECT_EQ(answer("small.yaml:rbm denoise --data named give=state --out answers.csv"), "");
  EXPECT_EQ(lines(answer("small.yaml:rbm energy --data answers.csv")), 3);
  EXPECT_EQ(numbers(last_line(answer("small.yaml:rbm features --data named"))).size(), 2U);
}

TEST_F(Asking, EveryKindOfModel) {
  shell.write("labelled.csv", "1,1,0,0,a\n0,0,1,1,b\n");
  shell.write("small.yaml", R"(harmonium: 1
nodes:
  rows: {use: reader.csv, with: {path: labelled.csv, label: last, shape: [2, 2]}}
  stack: {use: stack.greedy, in: rows, with: {layers: [{hidden: 3, trainer: &once {use: trainer.cd, with: {epochs: 300}}}, {hidden: 2, trainer: *once}]}}
  readout: {use: trainer.softmax, in: stack.data, with: {epochs: 200}}
  tuned: {use: trainer.backprop, in: {data: rows, stack: stack, readout: readout}, with: {epochs: 300}}
  auto: {use: trainer.autoencoder, in: {data: rows, stack: stack}, with: {epochs: 300}}
  helmholtz: {use: trainer.wake_sleep, in: {model: {use: model.helmholtz, in: rows, with: {hidden: [2]}}, data: rows}, with: {epochs: 5000}}
  top:
    use: trainer.cd
    in:
      data: stack.data
      model:
        use: model.network
        in: stack.data
        with:
          layers: [{name: features, visible: true}, {name: class, visible: true, part: label, units: units.softmax}, {name: hidden, size: 4}]
          connections: [{between: [features, hidden]}, {between: [class, hidden]}]
    with: {epochs: 500}
  dbn: {use: model.deep_belief, in: {stack: stack, top: top}}
  deep:
    use: model.network
    in: rows
    with:
      layers: [{name: visible, visible: true}, {name: one, size: 3}, {name: two, size: 2}]
      connections: [{between: [visible, one], weights_deviation: 1}, {between: [one, two], weights_deviation: 1}]
  copies: {each: {seed: [1, 2]}, nodes: {auto: {use: trainer.autoencoder, in: {data: rows, stack: stack}, with: {epochs: 1}}}}
  both: {use: export.npz, in: {model: stack}}
  labelled: {use: export.npz, in: {model: [stack.layer.1.train, stack.layer.2.train, top]}}
  tuned_file: {use: export.npz, in: {readout: tuned}}
  auto_file: {use: export.npz, in: {readout: auto.autoencoder}}
  helmholtz_file: {use: export.npz, in: {helmholtz: helmholtz}}
  dbn_file: {use: export.npz, in: {belief_net: dbn}}
  all_file: {use: export.npz, in: {model: stack, readout: tuned, belief_net: dbn}}
  tuned_stack_file: {use: export.npz, in: {model: stack, readout: tuned}}
  single: {use: stack.greedy, in: rows, with: {layers: [{hidden: 3, trainer: *once}]}}
  turned_file: {use: export.npz, in: {model: [stack.layer.2.train, stack.layer.1.train]}}
  two_file: {use: export.npz, in: {readout: tuned, helmholtz: helmholtz}}
  images: {use: export.png, in: rows}
)");
  run();
  // What is no stack is meant before networks that could be one together, which cannot classify here.
  EXPECT_TRUE(answer("results/tuned_stack_file.npz classify --data 1,1,0,0").starts_with("class,p(a),p(b)\na,"));
  // A stack of one.
  EXPECT_EQ(numbers(answer("small.yaml:single features --data 1,1,0,0")).size(), 3U);
  EXPECT_EQ(lines(answer("small.yaml:single bound --data 1,1,0,0")), 2);
  expect_refused("small.yaml:stack classify --data 1,1,0,0", 64,
                 "harmonium: small.yaml:stack: 0 visible layers of the model show 'label'; one must, as its label\n");
  const auto columns = [&](const std::string& question) { return numbers(answer("small.yaml:" + question)).size(); };
  EXPECT_EQ(columns("stack features --data 1,1,0,0"), 2U);
  EXPECT_EQ(columns("auto.encoder features --data 1,1,0,0"), 2U);
  EXPECT_EQ(columns("auto.autoencoder denoise --data 1,1,0,0"), 4U);
  EXPECT_EQ(columns("helmholtz features --data 1,1,0,0"), 2U);
  EXPECT_EQ(columns("helmholtz generate give=states"), 4U);
  EXPECT_EQ(columns("stack generate"), 4U);
  EXPECT_EQ(columns("deep features --data 1,1,0,0"), 5U);
  EXPECT_EQ(columns("dbn features --data 1,1,0,0"), 2U);
  EXPECT_EQ(columns("dbn generate class=1"), 4U + 2U);
  for (const char* classifier : {"tuned", "dbn"}) {
    const std::string classes = answer("small.yaml:" + std::string(classifier) + " classify --data rows");
    EXPECT_TRUE(classes.starts_with("class,p(a),p(b)\na,")) << classes;
    EXPECT_NE(classes.find("\nb,"), std::string::npos) << classes;
  }
  EXPECT_EQ(lines(answer("small.yaml:helmholtz energy --data 1,1,0,0 --data 0,0,1,1")), 3);
  EXPECT_EQ(lines(answer("small.yaml:deep energy --data rows")), 3);
  EXPECT_EQ(lines(answer("small.yaml:deep compare --data rows")), 3);
  // What was learned is likelier than the half of it, and filled in from the half of it.
  for (const char* model : {"helmholtz", "dbn", "stack"}) {
    const auto first_number = [&](const std::string& question) {
      return numbers(without_verdict(last_line(answer("small.yaml:" + std::string(model) + " " + question))))[1];
    };
    EXPECT_GT(first_number("compare --data 1,1,0,0 --other 1,0,1,0"), 1) << model;
    EXPECT_LT(first_number("energy --data 1,1,0,0"), first_number("energy --data 1,0,1,0") - 1) << model;
    const std::vector<double> whole = numbers(answer("small.yaml:" + std::string(model) + " complete --data 1,?,?,0"));
    ASSERT_EQ(whole.size(), 4U) << model;
    EXPECT_EQ(whole[0], 1);
    EXPECT_GT(whole[1], 0.8) << model;
    EXPECT_LT(whole[2], 0.2) << model;
    const std::vector<double> back =
        numbers(answer("small.yaml:" + std::string(model) + " denoise --data 1,0.8,0.1,0"));
    ASSERT_EQ(back.size(), 4U) << model;
    EXPECT_GT(back[1], 0.8) << model;
    EXPECT_LT(back[2], 0.2) << model;
  }
  // A class that the data have is held.
  EXPECT_EQ(lines(answer("small.yaml:dbn complete --data rows")), 2);
  EXPECT_EQ(lines(answer("small.yaml:deep bound --data rows")), 3);
  EXPECT_EQ(lines(answer("small.yaml:stack bound --data 1,1,0,0")), 2);
  // Of several models in a file it must be said which.
  EXPECT_EQ(numbers(answer("results/both.npz:2 generate")).size(), 3U);
  EXPECT_EQ(answer("results/both.npz:1 energy --data 1,1,0,0"),
            answer("'small.yaml:stack.layer.1.train' energy --data 1,1,0,0"));
  // Every kind answers from a file as from the pipeline, and takes pictures.
  for (const auto& [file, node, question] :
       std::vector<std::array<std::string, 3>>{{"both", "stack", "features"},
                                               {"both", "stack", "bound --seed 1"},
                                               {"tuned_file", "tuned", "classify"},
                                               {"auto_file", "auto.autoencoder", "denoise"},
                                               {"both", "stack", "denoise"},
                                               {"helmholtz_file", "helmholtz", "features"},
                                               {"helmholtz_file", "helmholtz", "denoise"},
                                               {"dbn_file", "dbn", "denoise"},
                                               {"dbn_file", "dbn", "features"},
                                               {"dbn_file", "dbn", "classify"}}) {
    const std::string from_file = "results/" + file + ".npz " + question + " --data ",
                      from_node = "small.yaml:" + node + " " + question + " --data ";
    EXPECT_EQ(answer(from_file + "1,1,0,0 --data 0,0,1,1"), answer(from_node + "1,1,0,0 --data 0,0,1,1"));
    EXPECT_EQ(answer(from_file + "results/images.png"), answer(from_file + "1,1,0,0 --data 0,0,1,1"));
    EXPECT_EQ(answer(from_node + "results/images.png"), answer(from_file + "results/images.png"));
  }
  // A stack with classes at its top, of a file.
  EXPECT_TRUE(answer("results/labelled.npz classify --data 1,1,0,0 --data 0,0,1,1").starts_with("class,p(0),p(1)\n0,"));
  // By sampling, with random numbers of their own: the intervals of 99 % are about 0.03 nats to either side.
  const auto log_p = [&](const std::string& model) {
    return numbers(without_verdict(last_line(answer(model + " energy --data 1,1,0,0"))))[2];
  };
  EXPECT_NEAR(log_p("results/helmholtz_file.npz"), log_p("small.yaml:helmholtz"), 0.1);
  for (const char* file : {"helmholtz_file", "dbn_file"})
    EXPECT_EQ(lines(answer("results/" + std::string(file) + ".npz generate count=3 --seed 2")), 3);
  EXPECT_EQ(answer("results/dbn_file.npz generate --out dream.png"), "");
  EXPECT_EQ(answer("results/auto_file.npz denoise --data results/images.png --out back.png"), "");
  EXPECT_EQ(lines(answer("results/auto_file.npz denoise --data back.png")), 2);
  // What a kind of model is not asked, and what it is.
  expect_refused("results/helmholtz_file.npz bound --data 1,1,0,?", 64,
                 "harmonium: results/helmholtz_file.npz cannot be asked 'bound'; models of its kind are asked compare, "
                 "complete, denoise, energy, "
                 "features, generate\n");
  expect_refused("small.yaml:dbn bound --data 1,1,0,0", 64,
                 "harmonium: small.yaml:dbn cannot be asked 'bound'; models of its kind are asked classify, compare, "
                 "complete, denoise, energy, features, generate\n");
  expect_refused(
      "results/all_file.npz features --data 1,1,0,0", 64,
      "harmonium: results/all_file.npz holds several models that can be asked 'features' (deep belief network, "
      "feedforward): export the one that is meant to a file of its own\n");
  EXPECT_EQ(answer("results/all_file.npz:1 features --data 1,1,0,0"),
            answer("results/both.npz:1 features --data 1,1,0,0"));
  // What is wrong with the model or the rows is said of the kind that the file holds.
  expect_refused("results/auto_file.npz classify --data 1,1,0,0", 64,
                 "harmonium: results/auto_file.npz: it was not trained to classify\n");
  expect_refused("results/auto_file.npz denoise --data 1,1,0", 64,
                 "harmonium: --data: the data's part 'features' has 3 columns, but the network reads 4\n");
  expect_refused("results/auto_file.npz denoise --data 1,1,0,0 --data results/images.png", 64,
                 "harmonium: --data is given rows written out, pictures or one file, not a mixture\n");
  expect_refused("results/two_file.npz bound --data 1,1,0,0", 64,
                 "harmonium: results/two_file.npz cannot be asked 'bound'; models of its kind are asked classify, "
                 "compare, complete, denoise, energy, features, generate\n");
  expect_refused("results/both.npz:3 energy --data 1,1,0,0", 64,
                 "harmonium: results/both.npz:3: the file has not so many models\n");
  expect_refused(
      "results/turned_file.npz energy --data 1,1,0", 64,
      "harmonium: results/turned_file.npz: the top RBM: layer 'visible' shows 4 units, but the stack has "
      "2 features\n"
      "harmonium: the 2 networks in results/turned_file.npz were asked as a stack; results/turned_file.npz:1 "
      "to results/turned_file.npz:2 are one each\n");
  EXPECT_EQ(numbers(answer("results/both.npz generate")).size(), 4U);
  expect_refused("small.yaml:tuned denoise --data 1,1,0,0", 64,
                 "harmonium: small.yaml:tuned: it was trained to classify, not to give back what it reads\n");
  expect_refused("small.yaml:auto.encoder denoise --data 1,1,0,0", 64,
                 "harmonium: small.yaml:auto.encoder: it reads 4 values and gives 2: no autoencoder\n");
  expect_refused("small.yaml:copies.auto denoise --data 1,1,0,0", 64,
                 "harmonium: small.yaml:copies.auto: 'copies.auto' is a list of 2, this port takes one output\n");
  expect_refused("small.yaml:auto.encoder complete --data 1,1,0,0", 64,
                 "harmonium: small.yaml:auto.encoder cannot be asked 'complete'; models of its kind are asked "
                 "classify, denoise, features\n");
}

TEST_F(Asking, RowsBecomeThePartThatTheModelShows) {
  shell.write("bits.csv", "a,b,c,d\n1,1,0,0\n0,0,1,1\n");
  shell.write("small.yaml", R"(harmonium: 1
nodes:
  rows: {use: reader.columns, with: {path: bits.csv, binary: [a, b, c, d]}}
  machine: {use: trainer.wake_sleep, in: {model: {use: model.helmholtz, in: rows, with: {hidden: [2], part: binary}}, data: rows}, with: {epochs: 5}}
  file: {use: export.npz, in: {helmholtz: machine}}
)");
  run();
  EXPECT_EQ(answer("results/file.npz features --data 1,1,0,0"), answer("small.yaml:machine features --data 1,1,0,0"));
  EXPECT_EQ(answer("small.yaml:machine features --data 1,1,0,0 --data 0,0,1,1"),
            answer("small.yaml:machine features --data rows"));
}

TEST_F(Asking, NewRowsOfMixedColumnsAreReadAsThePipelineSays) {
  std::string people = "age,smokes,city\n";
  for (int i = 0; i < 40; ++i) people += i % 2 ? "60,no,Lund\n" : "20,yes,\"Rome, Italy\"\n";
  shell.write("people.csv", people);
  shell.write("new.csv", "age,smokes,city\n60,?,?\n?,yes,\"Rome, Italy\"\n");
  shell.write("small.yaml", R"(harmonium: 1
params: {new: new.csv}
nodes:
  people: {use: reader.columns, with: {path: people.csv, real: [age], binary: [smokes], category: [city]}}
  train: {use: data.standardise, in: people, with: {part: real}}
  machine:
    use: trainer.cd
    in: {model: {use: model.mixed-rbm, in: train, with: {hidden: 4}}, data: train}
    with: {epochs: 300, batch: 10, update: {use: update.sgd, with: {rate: 0.05}}}
  new_file:
    use: reader.columns
    with:
      path: $new
      missing: true
      real: [age]
      binary: [smokes]
      category: [city]
      classes: [{column: smokes, classes: ["no", "yes"]}, {column: city, classes: [Lund, "Rome, Italy"]}]
  new: {use: data.standardise, in: {data: new_file, fitted_on: people}, with: {part: real}}
)");
  run();
  const std::string completed = answer("small.yaml:machine complete --data new --out completed.csv");
  const std::string text = content_of(shell.path() / "completed.csv");
  EXPECT_TRUE(text.starts_with("age,smokes,city=Lund,\"city=Rome, Italy\"\n")) << text;
  ASSERT_EQ(lines(text), 3);
  const std::string rows = text.substr(text.find('\n') + 1);
  const std::vector<double> old = numbers(rows), young = numbers(last_line(rows));
  EXPECT_NEAR(old[0], 1, 1e-6);
  EXPECT_LT(old[1], 0.35);
  EXPECT_GT(old[2], 0.65);
  EXPECT_LT(young[0], -0.5);
  EXPECT_EQ(young[3], 1);
  // The line of names is none of the rows.
  EXPECT_EQ(lines(answer("small.yaml:machine energy --data completed.csv")), 3);
  // Names that a reader would take for values, or that hold what separates cells, are left out.
  for (const char* name : {"+1", "1e999", "?", "body mass", "a;b"}) {
    shell.write("named.csv", std::string(name) + "\n1\n2\n");
    shell.write("named.yaml", R"(harmonium: 1
nodes:
  rows: {use: reader.columns, with: {path: named.csv, header: "yes", separator: ",", real: [")" +
                                  std::string(name) + R"("]}}
  machine: {use: model.mixed-rbm, in: rows, with: {hidden: 2}}
)");
    ASSERT_EQ(shell("harmonium run named.yaml --quiet").status, 0) << name;
    EXPECT_EQ(answer("named.yaml:machine complete --data rows --out again.csv"), "");
    EXPECT_EQ(lines(answer("named.yaml:machine energy --data again.csv")), 3) << name;
  }
  // Other rows leave the model as it is.
  shell.write("other.csv", "age,smokes,city\n20,?,?\n");
  ASSERT_EQ(shell("harmonium run small.yaml --param new=other.csv --to new --quiet").status, 0);
  EXPECT_EQ(lines(answer("small.yaml:machine complete --param new=other.csv --data new")), 2);
}

TEST_F(Asking, TheExportedModelAndTheRunsFolderAnswerAlike) {
  run();
  const std::string answered = answer("small.yaml:rbm energy --data 1,0,1,0");
  EXPECT_EQ(answer("results/saved.npz energy --data 1,0,1,0"), answered);
  EXPECT_EQ(answer("results:rbm energy --data 1,0,1,0"), answered);
  std::string changed = pipeline;
  changed.replace(changed.find("epochs: 1000"), 12, "epochs: 1001");
  shell.write("small.yaml", changed);
  EXPECT_EQ(answer("results/saved.npz energy --data 1,0,1,0"), answered);
  // The run knows what its pipeline said.
  EXPECT_EQ(answer("results:rbm energy --data 1,0,1,0"), answered);
  EXPECT_EQ(shell("harmonium ask results:rbm energy --data 1,0,1,0 --set rbm.epochs=1001").status, 1);
}

TEST_F(Asking, KnowsClasses) {
  run("--to labelled");
  const std::string classes = answer("small.yaml:labelled classify --data 1,0,1");
  EXPECT_TRUE(classes.starts_with("class,p(0),p(1)\n")) << classes;
  const std::vector<double> p = numbers(classes.substr(classes.find('\n') + 1));
  EXPECT_EQ(p[0], p[1] > p[2] ? 0 : 1);
  EXPECT_NEAR(p[1] + p[2], 1, 1e-6);
  // Classes are columns of their own, and may be given, be unknown or be left out.
  EXPECT_EQ(lines(answer("small.yaml:labelled energy --data 1,0,1,0,1")), 2);
  const std::vector<double> completed = numbers(answer("small.yaml:labelled complete --data 1,0,1"));
  ASSERT_EQ(completed.size(), 5U);
  EXPECT_NEAR(completed[3], p[1], 1e-6);
  const std::string each = answer("small.yaml:labelled generate count=2 class=each sweeps=3 give=state");
  EXPECT_EQ(numbers(each)[3], 1);
  EXPECT_EQ(numbers(each.substr(each.find('\n') + 1))[4], 1);
}

TEST_F(Asking, DrawsAsTheSeedSays) {
  run("--to rbm");
  const std::string question = "small.yaml:rbm generate count=20 sweeps=3 temperature=3 give=state";
  EXPECT_EQ(answer(question), answer(question));
  EXPECT_EQ(answer(question + " --seed 5"), answer(question + " --seed 5 --threads 1"));
  EXPECT_NE(answer(question), answer(question + " --seed 5"));
}

TEST_F(Asking, TrainsNothingAndSaysWhatWould) {
  const Index before = files();
  expect_refused("small.yaml:rbm energy --data 1,1,0,0", 1,
                 "harmonium: rbm is not in the store " + (shell.path() / "store").string() +
                     "; `harmonium run small.yaml --to rbm` makes it\n");
  EXPECT_EQ(files(), before);
  run("--set rbm.epochs=3 --seed 9 --to rbm");
  expect_refused("small.yaml:rbm energy --data 1,1,0,0 --set rbm.epochs=3", 1,
                 "harmonium: rbm is not in the store " + (shell.path() / "store").string() +
                     "; `harmonium run small.yaml --set 'rbm.epochs=3' --to rbm` makes it\n");
  const Index trained = files();
  answer("small.yaml:rbm energy --data 1,1,0,0 --set rbm.epochs=3 --model-seed 9");
  EXPECT_EQ(files(), trained);
}

TEST_F(Asking, SaysAllThatIsWrongInTheWordsOfTheCommandLine) {
  run("--to rbm");
  expect_refused("small.yaml:rbm complete --data holes.csv swepes=3 chains=0", 64,
                 "harmonium: chains: at least 1 is required, got 0 (chains)\n"
                 "harmonium: swepes: 'complete' has no parameter 'swepes'; did you mean 'sweeps'?\n"
                 "harmonium: --data: there is no file '" +
                     (shell.path() / "holes.csv").string() + "'\n");
  expect_refused("small.yaml:rbm energy --data 1,1", 64,
                 "harmonium: --data: rows of 2 values cannot be cut into what the model shows: 'features' (4)\n");
  expect_refused("small.yaml:rbm energy --data 1,1,?,0", 65,
                 "harmonium: row 1, column 3 of 'features' is missing, and rows are needed whole here: "
                 "data.complete_cases leaves such rows out, ask.complete "
                 "fills in what a model expects\n");
  expect_refused("small.yaml:rbm energy --data 1,x,0,0", 64,
                 "harmonium: --data: 'x' in the row '1,x,0,0' is neither a number nor ?\n");
  expect_refused("small.yaml:rbm enrgy --data 1,1,0,0", 64,
                 "harmonium: there is no question 'enrgy'; did you mean 'energy'?\n");
  expect_refused("small.yaml:rmb energy --data 1,1,0,0", 64,
                 "harmonium: small.yaml:rmb: there is no node 'rmb'; did you mean 'rbm'?\n");
  expect_refused("small.yaml:rows energy --data 1,1,0,0", 64,
                 "harmonium: small.yaml:rows: 'rows' gives 'data', this port takes 'model'\n");
  expect_refused(
      "small.yaml energy", 64,
      "harmonium: MODEL is FILE.yaml:NODE, a run's FOLDER:NODE, FILE.npz or FILE.npz:NUMBER, got 'small.yaml'\n");
  expect_refused("results/saved.npz:none energy --data 1,1,0,0", 64,
                 "harmonium: FILE.npz:NUMBER is a model by its number in the file, from 1, got "
                 "'results/saved.npz:none'\n");
  expect_refused("small.yaml:rbm energy", 64, "harmonium: 'energy' is asked of rows: --data gives them\n");
  expect_refused("small.yaml:rbm generate --data 1,1,0,0", 64,
                 "harmonium: 'generate' is not asked of rows: it takes no --data\n");
  expect_refused(
      "small.yaml:rbm energy --data 1,1,0,0 --out energy.png", 64,
      "harmonium: the answer to 'energy' is a table, which is no picture: --out writes it as .csv or .npy\n");
  expect_refused("small.yaml:rbm energy --data 1,1,0,0 --out energy.txt", 64,
                 "harmonium: --out writes .csv, .npy or .png, not 'energy.txt'\n");
  for (const char* options : {" --data 1,1,0,0", ""})
    expect_refused(std::string("none.npz energy") + options, 64,
                   "harmonium: none.npz: there is no file '" + (shell.path() / "none.npz").string() + "'\n");
}

TEST_F(Asking, ExplainsItsQuestions) {
  const std::string help = answer("--help");
  for (const char* question : {"classify", "compare", "complete", "denoise", "energy", "features", "generate"})
    EXPECT_NE(help.find(std::string("\n  ") + question + "  "), std::string::npos) << question;
  for (const char* words : {"complete --help", "small.yaml:rbm complete --help"}) {
    const std::string explained = answer(words);
    EXPECT_NE(explained.find("burn_in: whole number = 50 sweeps"), std::string::npos) << explained;
  }
}

}  // namespace
}  // namespace harmonium::testing
