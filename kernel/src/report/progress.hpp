#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "report/observer.hpp"

namespace harmonium::report {

/// The state of a run as a person follows it. On a terminal: one line that is rewritten at most ten times a second,
///
///   layer2 (3 of 9)  12/60 epochs  reconstruction error 0.0131  1440 batches/s  1.2 s, 4.9 s left
///   layer2 (3 of 9)  1.237/60 epochs  reconstruction error 0.0131  6 batches/s  2 min, 98 min left
///
/// elsewhere a line for each node that was computed. Warnings are lines of their own always.
class HARMONIUM_API Progress final : public Observer {
 public:
  enum class Style : std::uint8_t {
    line,     ///< one line, rewritten
    log,      ///< a line for each node that was computed
    warnings  ///< nothing else
  };
  /// Seconds that go forward. Unless given, those of this computer.
  using Clock = std::function<double()>;
  /// Writes to `out`, which the caller keeps open; a line is shorter than `columns`.
  Progress(std::FILE* out, Style style, int columns = 80, Clock clock = {});
  /// Leaves no half-written line.
  ~Progress() override;

  void node_started(const std::string& path, std::size_t number, std::size_t count) override;
  void progress(double done, double total, const std::string& unit, const Steps& steps) override;
  void metric(const std::string& name, double value, const std::string& unit) override;
  void node_finished(const std::string& path, bool from_store, double seconds) override;
  void warned(const std::string& text) override;

  /// The line as it stands after `seconds` of the node.
  std::string line(double seconds) const;

 private:
  /// Of what is counted; 0 where it is not known yet.
  double a_second(double seconds) const;
  void draw(bool at_once);
  void erase();

  std::FILE* out_;
  Style style_;
  int columns_;
  std::string path_;
  std::size_t number_ = 0, count_ = 0;
  double done_ = 0, total_ = 0, first_done_ = -1, first_seconds_ = 0;
  std::string unit_, step_;
  double steps_in_a_unit_ = 0;
  std::vector<std::pair<std::string, std::string>> metrics_;
  Clock clock_;
  double started_ = 0, drawn_ = 0;
  bool on_screen_ = false;
};

}  // namespace harmonium::report
