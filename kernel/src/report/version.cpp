#include "report/version.hpp"

#include <fmt/format.h>

#include <boost/version.hpp>
#include <nlohmann/json.hpp>
#include <xtensor/xtensor_config.hpp>

#include "harmonium/elementwise.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"

namespace harmonium::report {

namespace {

#if defined(__clang__)
constexpr const char* compiler = "Clang " __clang_version__;
#else
constexpr const char* compiler = "GCC " __VERSION__;
#endif

}  // namespace

std::vector<std::pair<std::string, std::string>> version() {
  return {
      {"harmonium", HARMONIUM_VERSION},
      {"sdk", fmt::format("{}.{}", HARMONIUM_SDK_MAJOR, HARMONIUM_SDK_MINOR)},
      {"abi", HARMONIUM_ABI},
      {"compiler", compiler},
      {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
      {"xtensor", fmt::format("{}.{}.{}", XTENSOR_VERSION_MAJOR, XTENSOR_VERSION_MINOR, XTENSOR_VERSION_PATCH)},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"yaml-cpp", HARMONIUM_YAML_CPP_VERSION},
      {"nlohmann-json",
       fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"blas", blas_description()},
      {"simd", elementwise::instruction_set()},
      {"threads", fmt::format("{}", threads())},
  };
}

}  // namespace harmonium::report
