#include "report/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace harmonium::report {

namespace {

constexpr double between_lines = 0.1;

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string duration(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 99.5) return fmt::format("{:.0f} s", seconds);
  const auto minutes = static_cast<long>(seconds / 60 + 0.5);
  return minutes < 100 ? fmt::format("{} min", minutes) : fmt::format("{} h {} min", minutes / 60, minutes % 60);
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

void Progress::progress(double done, double total, const std::string& unit) {
  // What was done before it was first heard of, by a run that this one continues, took none of this run's time.
  if (first_done_ < 0) {
    first_done_ = done;
    first_seconds_ = clock_() - started_;
  }
  done_ = done;
  total_ = total;
  unit_ = unit;
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
  std::string text = fmt::format("{} ({} of {})", path_, number_, count_);
  if (total_ > 0)
    text += fmt::format("  {:.4g}/{:.4g} {}", done_, total_, unit_);
  else if (done_ > 0)
    text += fmt::format("  {:.4g} {}", done_, unit_);
  std::string end = fmt::format("  {}", duration(seconds));
  std::vector<std::string> figures;
  for (const auto& [name, value] : metrics_) figures.push_back(fmt::format("  {} {}", name, value));
  if (first_done_ >= 0 && done_ > first_done_ && seconds > first_seconds_) {
    const double rate = (done_ - first_done_) / (seconds - first_seconds_);
    if (total_ > 0) end += fmt::format(", {} left", duration((total_ - done_) / rate));
    // After the first, which matters most. Slow ones are better told by the time that is left.
    if (rate >= 1) figures.insert(figures.begin() + (figures.empty() ? 0 : 1), fmt::format("  {:.3g} a second", rate));
  }
  // As many of the figures as there is room for.
  for (const std::string& figure : figures) {
    if (static_cast<int>(text.size() + figure.size() + end.size()) >= columns_) break;
    text += figure;
  }
  return text + end;
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
