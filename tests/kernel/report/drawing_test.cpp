#include "report/drawing.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harmonium/dataset.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/network.hpp"

namespace harmonium::report {
namespace {

using testing::HasSubstr;
using testing::Not;

class Drawing : public testing::Test {
 protected:
  Drawing() {
    type_.name = "toy.type";
    graph_.name = "a \"figure\"";
    for (const char* path : {"data", "stack.1.train", "stack.2.model", "stack.2", "curve[steps=0.5]", "alone"}) {
      pipeline::GraphNode node;
      node.path = path;
      node.type = &type_;
      graph_.nodes.push_back(std::move(node));
    }
    DataSpec data;
    data.rows = 1437;
    data.parts = {{"features", 64, {8, 8}, PartSpec::Kind::real, {}}, {"label", 10, {}, PartSpec::Kind::category, {}}};
    graph_.nodes[0].outputs.set<Dataset>("data", data);
    graph_.nodes[1].inputs["data"] = {{0, "data", ""}};
    graph_.nodes[3].inputs["model"] = {{1, "model", ""}};
  }
  TypeInfo type_;
  pipeline::Graph graph_;
};

TEST_F(Drawing, OfAGraphPutsWhatBelongsTogetherIntoBoxes) {
  EXPECT_EQ(as_dot(graph_),
            "digraph \"a \\\"figure\\\"\" {\n"
            "  rankdir=TB\n"
            "  graph [fontname=\"Helvetica\", style=rounded, color=gray60]\n"
            "  node [fontname=\"Helvetica\", shape=box, style=rounded]\n"
            "  edge [fontname=\"Helvetica\", fontsize=10]\n"
            "  n0 [label=\"data\\ntoy.type\"]\n"
            "  n5 [label=\"alone\\ntoy.type\"]\n"
            "  n4 [label=\"curve[steps=0.5]\\ntoy.type\"]\n"
            "  subgraph cluster_0 {\n"
            "    label=\"stack\"\n"
            "    n1 [label=\"1.train\\ntoy.type\"]\n"
            "    subgraph cluster_1 {\n"
            "      label=\"2\"\n"
            "      n2 [label=\"model\\ntoy.type\"]\n"
            "      n3 [label=\"2\\ntoy.type\"]\n"
            "    }\n"
            "  }\n"
            "  n0 -> n1 [label=\"data\\n1,437 x 64 + 10\"]\n"
            "  n1 -> n3 [label=\"model\"]\n"
            "}\n");
}

TEST_F(Drawing, OfCopiesIsThatOfTheFirst) {
  for (std::size_t i = 0; i < 6; ++i)
    graph_.nodes[i].path = fmt::format("trial[seed={}].{}", i / 2, i % 2 == 0 ? "draw" : "sum");
  for (std::size_t i = 1; i < 6; ++i) graph_.nodes[i].inputs = {{"in", {{i - 1, "data", ""}}}};
  const std::string text = as_dot(graph_);
  EXPECT_THAT(text, HasSubstr("label=\"seed=0 and 2 more like it\""));
  EXPECT_THAT(text, HasSubstr("n0 -> n1"));
  EXPECT_THAT(text, Not(HasSubstr("seed=1")));
  EXPECT_THAT(text, Not(HasSubstr("n2")));
  EXPECT_THAT(as_dot(graph_, true), HasSubstr("n4 -> n5"));
}

TEST_F(Drawing, ForMermaidEscapesWhatItWouldRead) {
  graph_.nodes[5].path = "alone\"";
  const std::string text = as_mermaid(graph_);
  EXPECT_THAT(text, HasSubstr("flowchart TB\n  n0[\"data<br/>toy.type\"]\n"));
  EXPECT_THAT(text, HasSubstr("  subgraph box0 [\"stack\"]\n"));
  EXPECT_THAT(text, HasSubstr("n0 -->|\"data<br/>1,437 x 64 + 10\"| n1\n"));
  EXPECT_THAT(text, HasSubstr("n5[\"alone#34;<br/>"));
}

TEST(SizeOf, IsThatOfWhatFlows) {
  Specs outputs;
  ModelSpec model;
  model.layers = {{"visible", 64, {}, "units.bernoulli", true}, {"hidden", 256, {}, "units.bernoulli", false}};
  outputs.set<Network>("model", model);
  outputs.set<Feedforward>("net", {64, 10, {}});
  DataSpec data;
  data.parts = {{"features", 5, {}, PartSpec::Kind::real, {}}};
  outputs.set<Dataset>("data", data);
  EXPECT_EQ(size_of(outputs, "model"), "64-256");
  EXPECT_EQ(size_of(outputs, "net"), "64 to 10");
  EXPECT_EQ(size_of(outputs, "data"), "? x 5");
  EXPECT_EQ(size_of(outputs, "other"), "");
}

}  // namespace
}  // namespace harmonium::report
