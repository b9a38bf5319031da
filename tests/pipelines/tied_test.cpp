#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "shell.hpp"

/// Weights that connections share and parameters that stay frozen, from the pipeline file to the store and back.
namespace harmonium::testing {
namespace {

const char* const text = R"(harmonium: 1
params: {epochs: 3}
nodes:
  voters: {use: reader.columns, with: {path: )" HARMONIUM_SOURCE
                         R"(/share/data/anes96.csv.gz, category: [selfLR, ClinLR]}}
  model:
    use: model.network
    in: voters
    with:
      layers:
        - {name: self, part: selfLR, visible: true, units: units.softmax}
        - {name: Clinton, part: ClinLR, visible: true, units: units.softmax}
        - {name: hidden, size: 4, bias: -0.5}
      connections:
        - {between: [self, hidden], tied: scale}
        - {between: [Clinton, hidden], tied: scale}
  trained:
    use: trainer.cd
    in: {model: model, data: voters}
    with: {epochs: $epochs, frozen: [hidden]}
  first: {use: export.npy, in: trained, with: {array: self-hidden.weights}}
  second: {use: export.npy, in: trained, with: {array: Clinton-hidden.weights}}
  begun: {use: export.npy, in: model, with: {array: self-hidden.weights}}
  bias: {use: export.npy, in: trained, with: {array: hidden.bias}}
  as_begun: {use: export.npy, in: model, with: {array: hidden.bias}}
)";

TEST(TiedAndFrozen, StayWhatTheyAreThroughTrainingResumingAndTheStore) {
  const Shell shell;
  shell.write("tied.yaml", text);
  const auto content = [&](const std::string& name) { return content_of(shell.path() / "results" / (name + ".npy")); };
  const Shell::Ran ran = shell("harmonium run tied.yaml --quiet --out results");
  ASSERT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(content("first"), content("second"));
  EXPECT_NE(content("first"), content("begun"));
  EXPECT_EQ(content("bias"), content("as_begun"));

  // On from what is stored, and in one go.
  ASSERT_EQ(shell("harmonium run tied.yaml --quiet --out results --param epochs=5").status, 0);
  const std::string resumed = content("first");
  EXPECT_EQ(resumed, content("second"));
  ASSERT_EQ(shell("harmonium run tied.yaml --quiet --out results --param epochs=5 --store other").status, 0);
  EXPECT_EQ(resumed, content("first"));
}

TEST(TiedAndFrozen, AreShownAndCountedOnce) {
  const Shell shell;
  shell.write("tied.yaml", text);
  const auto model = nlohmann::json::parse(shell("harmonium model tied.yaml trained --json").out);
  EXPECT_EQ(model.at("learned"), 7 + 7 + 4 + 7 * 4);
  EXPECT_EQ(model.at("connections")[1].at("tied"), "scale");
  const std::string shown = shell("harmonium model tied.yaml trained").out;
  EXPECT_NE(shown.find("7 x 4, shared as 'scale'"), std::string::npos) << shown;
  EXPECT_NE(shown.find("46 values are learned"), std::string::npos) << shown;
}

TEST(TiedAndFrozen, AreCheckedBeforeAnyWork) {
  const Shell shell;
  std::string wrong = text;
  wrong.replace(wrong.find("frozen: [hidden]"), 16, "frozen: [hidden, self-hiden]");
  wrong.replace(wrong.find("between: [Clinton, hidden]"), 26, "between: [hidden, Clinton]");
  shell.write("wrong.yaml", wrong);
  const Shell::Ran ran = shell("harmonium validate wrong.yaml");
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.err.find("their weights are 7 x 4 and 4 x 7; name the layers of one of them in the other order"),
            std::string::npos)
      << ran.err;
  wrong.replace(wrong.find("between: [hidden, Clinton]"), 26, "between: [Clinton, hidden]");
  shell.write("wrong.yaml", wrong);
  const std::string error = shell("harmonium validate wrong.yaml").err;
  EXPECT_NE(error.find("nodes.trained.with.frozen.2: the model has no layer or connection 'self-hiden'; did you mean "
                       "'self-hidden'?"),
            std::string::npos)
      << error;
}

}  // namespace
}  // namespace harmonium::testing
