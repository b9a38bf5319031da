#include "report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace harmonium::report {

namespace {

constexpr double between_lines = 0.1;
constexpr int shortest_path = 16;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<long>(seconds / 60 + 0.5);
  return minutes < 100 ? fmt::format("{} min", minutes) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
}

/// With the digits that change every second or so, and cut off: an epoch is counted when it is done.
std::string counted(double done, double a_second) {
  const int digits = a_second > 0 ? std::clamp(static_cast<int>(std::ceil(-std::log10(a_second))), 0, 4) : 2;
  const double places = std::pow(10, digits);
  const double cut = std::floor(done * places + 1e-6) / places;
  return fmt::format("{:.{}f}", cut, a_second > 0 || cut != std::floor(cut) ? digits : 0);
}

/// Its end: what a node does stands there.
std::string shortened(const std::string& path, int size) {
  const auto most = static_cast<std::size_t>(size);
  return path.size() <= most ? path : "..." + path.substr(path.size() - most + 3);
}

/// "1440 batches/s", "36 epochs/h".
std::string rate(double a_second, const std::string& unit) {
  if (a_second >= 100) return fmt::format("{:.0f} {}/s", a_second, unit);
  if (a_second >= 1) return fmt::format("{:.3g} {}/s", a_second, unit);
  if (a_second * 60 >= 1) return fmt::format("{:.3g} {}/min", a_second * 60, unit);
  return fmt::format("{:.3g} {}/h", a_second * 3600, unit);
}

}  // namespace

Progress::Progress(std::FILE* out, Style style, int columns, Clock clock)
    : out_(out), style_(style), columns_(columns), clock_(clock ? std::move(clock) : Clock(steady_seconds)) {}

Progress::~Progress() { erase(); }

void Progress::node_started(const std::string& path, std::size_t number, std::size_t count) {
  path_ = path;
  number_ = number;
  count_ = count;
  done_ = total_ = 0;
  first_done_ = -1;
  unit_.clear();
  metrics_.clear();
  started_ = clock_();
  draw(true);
}

void Progress::progress(double done, double total, const std::string& unit, const Steps& steps) {
  // What was done before it was first heard of, by a run that this one continues, took none of this run's time. A node
  // may count one thing after another.
  if (first_done_ < 0 || unit != unit_ || done < done_) {
    first_done_ = done;
    first_seconds_ = clock_() - started_;
  }
  done_ = done;
  total_ = total;
  unit_ = unit;
  steps_in_a_unit_ = steps.in_a_unit;
  step_ = steps.name.str();
  draw(false);
}

void Progress::metric(const std::string& name, double value, const std::string& unit) {
  std::string text = fmt::format("{:.3g}{}{}", value, unit.empty() ? "" : " ", unit);
  const auto known =
      std::find_if(metrics_.begin(), metrics_.end(), [&](const auto& metric) { return metric.first == name; });
  if (known == metrics_.end())
    metrics_.emplace_back(name, std::move(text));
  else
    known->second = std::move(text);
  draw(false);
}

void Progress::node_finished(const std::string& path, bool from_store, double seconds) {
  erase();
  if (style_ != Style::log || from_store) return;
  fmt::print(out_, "{} ({} of {}): {}\n", path, number_, count_, duration(seconds));
  std::fflush(out_);
}

void Progress::warned(const std::string& text) {
  erase();
  fmt::print(out_, "warning: {}\n", text);
  std::fflush(out_);
}

std::string Progress::line(double seconds) const {
  std::string text = fmt::format(" ({} of {})", number_, count_);
  const double speed = a_second(seconds);
  if (total_ > 0)
    text += fmt::format("  {}/{:.0f} {}", counted(done_, speed), total_, unit_);
  else if (done_ > 0)
    text += fmt::format("  {} {}", counted(done_, speed), unit_);
  std::string end = fmt::format("  {}", duration(seconds));
  std::vector<std::string> figures;
  for (const auto& [name, value] : metrics_) figures.push_back(fmt::format("  {} {}", name, value));
  if (speed > 0) {
    if (total_ > 0) end += fmt::format(", {} left", duration((total_ - done_) / speed));
    // After the first, which matters most.
    const bool in_steps = steps_in_a_unit_ > 0;
    figures.insert(figures.begin() + (figures.empty() ? 0 : 1),
                   "  " + rate(in_steps ? speed * steps_in_a_unit_ : speed, in_steps ? step_ : unit_));
  }
  const auto room_beside = [&](std::size_t taken) {
    return std::max(columns_ - static_cast<int>(taken + text.size() + end.size()) - 1, 0);
  };
  // A long path gives way to the first two figures.
  std::size_t first = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(figures.size(), 2); ++i) first += figures[i].size();
  const std::string path = shortened(path_, std::max(room_beside(first), shortest_path));
  for (const std::string& figure : figures) {
    if (static_cast<int>(figure.size()) <= room_beside(path.size())) text += figure;
  }
  return path + text + end;
}

double Progress::a_second(double seconds) const {
  if (first_done_ < 0 || done_ <= first_done_ || seconds <= first_seconds_) return 0;
  return (done_ - first_done_) / (seconds - first_seconds_);
}

void Progress::draw(bool at_once) {
  if (style_ != Style::line || number_ == 0) return;
  const double now = clock_();
  if (!at_once && now - drawn_ < between_lines) return;
  drawn_ = now;
  std::string text = line(now - started_);
  if (static_cast<int>(text.size()) >= columns_) text.resize(static_cast<std::size_t>(std::max(columns_ - 1, 0)));
  fmt::print(out_, "\r\x1b[K{}", text);
  std::fflush(out_);
  on_screen_ = true;
}

void Progress::erase() {
  if (!on_screen_) return;
  fmt::print(out_, "\r\x1b[K");
  std::fflush(out_);
  on_screen_ = false;
}

}  // namespace harmonium::report
