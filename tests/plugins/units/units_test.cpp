#include <gtest/gtest.h>

#include "harmonium/errors.hpp"
#include "kernel/network/small_networks.hpp"

/// What the kit cannot know of unit types; their laws are checked by it (CMakeLists.txt).
namespace harmonium::testing {
namespace {

TEST(Units, RefuseDataThatTheyCannotShowAndNameTheRemedy) {
  load_plugins();
  const std::vector<double> mean{0.5, 5}, deviation{0.1, 2}, low{0, -1}, high{1, 16};
  const ColumnView columns{10, mean, deviation, low, high};
  const auto message = [&](const char* recipe) -> std::string {
    try {
      make_value<Units>(recipe)->check(columns);
    } catch (const BadData& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(message("units.bernoulli").find("column 2 goes from -1 to 16: put the data through data.scale"),
            std::string::npos);
  EXPECT_NE(
      message("units.gaussian").find("column 2 has mean 5 and deviation 2: put the data through data.standardise"),
      std::string::npos);
  EXPECT_NE(message("units.softmax").find("column 2 goes from -1 to 16"), std::string::npos);
}

}  // namespace
}  // namespace harmonium::testing
