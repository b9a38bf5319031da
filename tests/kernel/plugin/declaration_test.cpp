#include "plugin/declaration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace harmonium::plugin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TypeInfo sound() {
  TypeInfo type;
  type.name = "test.type-1";
  type.says = "A type.";
  type.outputs.push_back({"out", "table", "A table.", false, false, nullptr, nullptr});
  ParameterInfo parameter;
  parameter.name = "steps";
  parameter.says = "How many.";
  parameter.kind = parameter.element = SettingKind::integer;
  parameter.standard = std::int64_t{3};
  parameter.minimum = 1;
  type.parameters.push_back(parameter);
  return type;
}

TEST(Declaration, OfASoundTypeHasNoFaults) { EXPECT_THAT(faults(sound()), IsEmpty()); }

TEST(Declaration, NeedsALowerCaseNameWithADot) {
  for (const char* name : {"", "word", "a..b", ".a", "a.", "A.b", "a.1b", "a b.c", "-a.b", "a.b\n"}) {
    TypeInfo type = sound();
    type.name = name;
    EXPECT_THAT(faults(type), ElementsAre(HasSubstr("lower-case words joined by dots"))) << name;
  }
  for (const char* name : {"a.b", "units.truncated-gaussian", "a.b_2.c"}) {
    TypeInfo type = sound();
    type.name = name;
    EXPECT_THAT(faults(type), IsEmpty()) << name;
  }
}

TEST(Declaration, NeedsASentenceForEverything) {
  TypeInfo type = sound();
  type.says.clear();
  type.parameters[0].says.clear();
  type.outputs[0].says.clear();
  EXPECT_THAT(faults(type),
              ElementsAre("type 'test.type-1': it says nothing about itself: give it a sentence with says()",
                          "type 'test.type-1', parameter 'steps': it says nothing about itself: give it "
                          "a sentence with says()",
                          "type 'test.type-1', output 'out': it says nothing about itself"));
}

TEST(Declaration, RefusesNamesThatComeTwice) {
  TypeInfo type = sound();
  type.parameters.push_back(type.parameters[0]);
  type.outputs.push_back(type.outputs[0]);
  type.inputs.push_back(type.outputs[0]);  // the same name as an output is no fault
  EXPECT_THAT(faults(type), ElementsAre("type 'test.type-1', parameter 'steps': it is declared twice",
                                        "type 'test.type-1', output 'out': it is declared twice"));
}

TEST(Declaration, RefusesAPortWithoutType) {
  TypeInfo type = sound();
  type.outputs[0].type.clear();
  EXPECT_THAT(faults(type), ElementsAre("type 'test.type-1', output 'out': it has no type"));
}

TEST(Declaration, RefusesAStepWhoseOutputsCannotBeStored) {
  TypeInfo type = sound();
  type.one_step = true;
  EXPECT_THAT(faults(type), ElementsAre(HasSubstr("values of type 'table' cannot be stored as they are")));
  type.view = true;
  EXPECT_THAT(faults(type), IsEmpty());
  type.view = false;
  type.outputs[0].visit = [](void*, Visitor&) {};
  EXPECT_THAT(faults(type), IsEmpty());
}

TEST(Declaration, RefusesADefaultThatItsRangeRefuses) {
  TypeInfo type = sound();
  type.parameters[0].standard = std::int64_t{0};
  EXPECT_THAT(faults(type), ElementsAre("type 'test.type-1', parameter 'steps': its default 0 is not at least 1"));
  type.parameters[0].standard = std::int64_t{1};
  type.parameters[0].above_minimum = true;
  EXPECT_THAT(faults(type), ElementsAre("type 'test.type-1', parameter 'steps': its default 1 is not above 1"));
  type.parameters[0].required = true;
  EXPECT_THAT(faults(type), IsEmpty()) << "the default of what must be given is never used";
}

TEST(Declaration, RefusesADefaultWithinAListAndAmongChoices) {
  TypeInfo type = sound();
  type.parameters[0].kind = SettingKind::list;
  type.parameters[0].standard = std::vector<Setting>{std::int64_t{2}, std::int64_t{-2}};
  EXPECT_THAT(faults(type), ElementsAre(HasSubstr("its default -2 is not at least 1")));
  ParameterInfo& text = type.parameters[0];
  text.kind = text.element = SettingKind::text;
  text.minimum = -std::numeric_limits<double>::infinity();
  text.choices = {"up", "down"};
  text.standard = std::string("left");
  EXPECT_THAT(faults(type), ElementsAre(HasSubstr("its default 'left' is none of its choices")));
}

TEST(Declaration, RefusesAnEmptyRange) {
  TypeInfo type = sound();
  type.parameters[0].required = true;
  type.parameters[0].maximum = 0;
  EXPECT_THAT(faults(type), ElementsAre(HasSubstr("no number is in its range, 1 to 0")));
}

TEST(Declaration, KnowsWhichParameterANumberStandsFor) {
  TypeInfo type = sound();
  type.from_number = "stpes";
  EXPECT_THAT(faults(type), ElementsAre(HasSubstr("from_number() names 'stpes', which is none of its parameters")));
  type.from_number = "steps";
  EXPECT_THAT(faults(type), IsEmpty());
}

}  // namespace
}  // namespace harmonium::plugin
