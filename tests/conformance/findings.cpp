#include "conformance/findings.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

namespace harmonium::conformance {
namespace {

constexpr int most_shown = 3;

}  // namespace

void Findings::law(const std::string& name, const std::function<void()>& checks) {
  failures_ = 0;
  shown_.clear();
  notes_.clear();
  try {
    checks();
  } catch (const std::exception& error) {
    const std::string message = error.what();
    fail([&] { return "it threw: " + message; });
  }
  ++laws_;
  failed_ += failures_ > 0;
  fmt::print("{} {}\n", failures_ > 0 ? "FAILED" : "ok    ", name);
  for (const std::string& line : shown_) fmt::print("         {}\n", line);
  if (failures_ > most_shown) fmt::print("         and {} more\n", failures_ - most_shown);
  if (failures_ == 0)
    for (const std::string& line : notes_) fmt::print("         {}\n", line);
  // Should a later law bring the program down, what was found before is seen.
  std::fflush(stdout);
}

void Findings::fail(const Where& what) {
  if (failures_++ < most_shown) shown_.push_back(what());
}

void Findings::differs(double got, double expected, double tolerance, const Where& where) {
  fail([&] {
    return fmt::format("{}: expected {:.9g}, got {:.9g} (at most {:.2g} apart)", where(), expected, got, tolerance);
  });
}

}  // namespace harmonium::conformance
