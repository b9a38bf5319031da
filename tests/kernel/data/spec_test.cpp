#include "harmonium/spec.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/table.hpp"

using namespace harmonium;
using namespace harmonium::testing;

TEST(Specs, GiveBackWhatWasSetAndCountLists) {
  Specs specs;
  DataSpec data;
  data.rows = 3;
  specs.set<Dataset>("data", data);
  data.rows = 4;
  specs.set<Dataset>("data", data);
  EXPECT_EQ(specs.count("data"), 2);
  EXPECT_EQ(specs.get<Dataset>("data").rows, 3);
  EXPECT_EQ(specs.get<Dataset>("data", 1).rows, 4);
  EXPECT_FALSE(specs.has("model"));
}

TEST(Specs, NameThePortThatIsNotKnownOrOfAnotherType) {
  Specs specs;
  specs.set<Table>("data", NoSpec{});
  EXPECT_EQ(message_of([&] { specs.get<Dataset>("data"); }), "port 'data' takes 'data', not 'table'");
  try {
    specs.get<Dataset>("validation");
    FAIL();
  } catch (const BadPipeline& error) {
    EXPECT_EQ(error.where(), "in.validation");
  }
}

TEST(Specs, CollectProblemsWithoutStopping) {
  Specs specs;
  specs.problem("with.hidden", "too many");
  specs.problem("in.data", "too few");
  ASSERT_EQ(specs.problems().size(), 2u);
  EXPECT_EQ(specs.problems()[1].where, "in.data");
}

TEST(DataSpec, NamesThePartsThatThereAre) {
  DataSpec data;
  data.parts.push_back({"features", 4, {}, PartSpec::Kind::real, {}});
  data.parts.push_back({"label", 2, {}, PartSpec::Kind::category, {"a", "b"}});
  EXPECT_EQ(data.part("label").width, 2);
  EXPECT_EQ(data.find("labels"), nullptr);
  EXPECT_EQ(message_of([&] { data.part("labels"); }),
            "the data have no part 'labels'; their parts are 'features', 'label'");
}

TEST(ModelSpec, AddsUpVisibleAndHiddenUnits) {
  ModelSpec model;
  model.layers = {{"v", 6, {}, "units.bernoulli", true},
                  {"l", 3, {}, "units.softmax", true},
                  {"h", 4, {}, "units.bernoulli", false}};
  EXPECT_EQ(model.visible_units(), 9);
  EXPECT_EQ(model.hidden_units(), 4);
  EXPECT_EQ(model.find("h")->size, 4);
  EXPECT_EQ(model.find("x"), nullptr);
}
