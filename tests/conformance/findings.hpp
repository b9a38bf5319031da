#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

namespace harmonium::conformance {

/// What the kit finds out of one type: a line for each law on standard output, and below a law that does not hold what
/// was expected and what was got, at which input.
class Findings {
 public:
  using Where = std::function<std::string()>;

  /// Runs the checks of one law. An exception out of it is a failure of the law.
  void law(const std::string& name, const std::function<void()>& checks);
  /// Something that a person should know of a law that holds: how it was checked. Within a law; the same is said once.
  void note(const std::string& text) {
    if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(text);
  }

  void holds(bool condition, const Where& what) {
    if (!condition) fail(what);
  }
  /// |got - expected| <= tolerance; two infinities of one sign are near.
  void near(double got, double expected, double tolerance, const Where& where) {
    if (got == expected || std::abs(got - expected) <= tolerance) return;
    differs(got, expected, tolerance, where);
  }
  /// Whether something has failed in the law at work, or in the last one.
  bool failing() const { return failures_ > 0; }

  int laws() const { return laws_; }
  int failed() const { return failed_; }

 private:
  void fail(const Where& what);
  void differs(double got, double expected, double tolerance, const Where& where);

  int laws_ = 0, failed_ = 0;
  // Of the law at work.
  int failures_ = 0;
  std::vector<std::string> shown_, notes_;
};

}  // namespace harmonium::conformance
