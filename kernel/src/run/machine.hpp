#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace harmonium::run {

/// The version of this program.
std::string program_version();
/// Seconds of a clock that only goes forward.
double now();
/// The time of day in UTC: "2026-03-01T12:00:00Z".
std::string time_of_day();
/// {processor, cores, memory_gib}
nlohmann::ordered_json hardware();

/// What decides the bits of floating-point results. Asking opens BLAS, which takes tens of milliseconds.
struct Arithmetic {
  std::string blas;
  std::string simd;
  bool operator==(const Arithmetic&) const = default;
};
const Arithmetic& arithmetic();

}  // namespace harmonium::run
