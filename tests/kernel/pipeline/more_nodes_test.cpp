#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "types.hpp"

namespace harmonium::pipeline_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

const std::string two_layers = R"(  rows: {use: reader.rows}
  layer:
    each: {hidden: [4, 8]}
    use: trainer.cd
    in: {model: {use: model.rbm, with: {hidden: $hidden}}, data: rows}
)";

pipeline::Overrides more(const std::string& nodes) {
  pipeline::Overrides overrides;
  overrides.nodes = nodes;
  return overrides;
}

TEST(MoreNodes, JoinThoseOfTheFileAndSeeThem) {
  pipeline::Overrides overrides =
      more(R"({"again": {"use": "trainer.cd", "in": {"model": "layer[hidden=8].model", "data": "rows"}}})");
  overrides.settings = {{"again.steps", "3"}};
  const pipeline::Graph graph = graph_of(pipeline_of(two_layers), overrides);
  EXPECT_THAT(paths_of(graph), Contains("again"));
  EXPECT_EQ(std::get<std::int64_t>(node_of(graph, "again").settings.at("steps")), 3);
  EXPECT_EQ(node_of(graph, "layer[hidden=4]").given.count("steps"), 0U);
}

TEST(MoreNodes, AreCheckedAsAllAreAndNeverTakeThePlaceOfOne) {
  EXPECT_THAT(
      errors_of(pipeline_of(two_layers), more("{again: {use: trainer.cd, in: {model: lyer, data: rows}}}")),
      ElementsAre("the command line:1:39: nodes.again.in.model: there is no node 'lyer'; did you mean 'layer'?"));
  EXPECT_THAT(errors_of(pipeline_of(two_layers), more("{rows: {use: reader.rows}}")),
              ElementsAre("the command line:1:2: nodes.rows: the pipeline has a node of that name already"));
  EXPECT_THAT(errors_of(pipeline_of(two_layers), more("{rows: ")), ::testing::SizeIs(1));
  EXPECT_THAT(errors_of(pipeline_of(two_layers), more("[rows]")),
              ElementsAre("the command line:1:1: nodes: a map of nodes is expected"));
}

}  // namespace
}  // namespace harmonium::pipeline_test
