#include "curves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "canvas.hpp"
#include "harmonium/certificate.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"
#include "harmonium/table.hpp"

namespace harmonium::figures {
namespace {

constexpr Index plot_width = 560, plot_height = 340, legend_line = 20;
constexpr Colour grid{230, 230, 230}, axis{120, 120, 120};
/// Okabe, Ito 2008: told apart by the colour-blind; what follows them repeats them.
constexpr Colour inks[] = {{0, 114, 178},  {213, 94, 0},  {0, 158, 115}, {204, 121, 167},
                           {86, 180, 233}, {230, 159, 0}, {34, 34, 34}};

struct Point {
  double x = 0, y = 0;
  bool trusted = true;
};
struct Curve {
  std::string label;
  std::vector<Point> points;
  /// Of the ring at every point, instead of a line; 0: a line.
  double ring = 0;
};

/// The number at the end of a label: 0.1 of "noise=0.1"; nan where there is none.
double number_in(const std::string& label) {
  const std::string text = label.substr(label.find_last_of("= ") + 1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : std::numeric_limits<double>::quiet_NaN();
}

/// Steps of 1, 2 or 5 times a power of ten, about `count` of them.
double step_for(double range, int count) {
  const double raw = range / count, power = std::pow(10, std::floor(std::log10(raw)));
  for (const double nice : {1.0, 2.0, 5.0})
    if (raw <= nice * power * 1.0001) return nice * power;
  return 10 * power;
}

struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  double place(double value) const {
    return logarithmic ? (std::log10(value) - std::log10(low)) / (std::log10(high) - std::log10(low))
                       : (value - low) / (high - low);
  }
  std::vector<double> ticks(int count) const {
    std::vector<double> all;
    if (logarithmic) {
      for (double tick = std::pow(10, std::ceil(std::log10(low) - 1e-9)); tick <= high * 1.0001; tick *= 10)
        all.push_back(tick);
      if (all.size() < 2) all = {low, high};
      return all;
    }
    const double step = step_for(high - low, count);
    for (double tick = std::ceil(low / step - 1e-9) * step; tick <= high + step * 1e-6; tick += step)
      all.push_back(std::abs(tick) < step * 1e-6 ? 0 : tick);
    return all;
  }
};

Axis axis_over(const std::vector<Curve>& curves, double Point::*which, bool logarithmic, bool room) {
  Axis found{std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(), logarithmic};
  for (const Curve& curve : curves)
    for (const Point& point : curve.points) {
      found.low = std::min(found.low, point.*which);
      found.high = std::max(found.high, point.*which);
    }
  if (!(found.high > found.low)) {
    found = logarithmic ? Axis{found.low / 2, found.high * 2, true} : Axis{found.low - 0.5, found.high + 0.5, false};
  }
  if (room && logarithmic) {
    found.low = std::pow(10, std::floor(std::log10(found.low) + 1e-9));
    found.high = std::pow(10, std::ceil(std::log10(found.high) - 1e-9));
  } else if (room) {
    const double step = step_for(found.high - found.low, 5);
    found.low = std::floor(found.low / step + 1e-9) * step;
    found.high = std::ceil(found.high / step - 1e-9) * step;
  }
  return found;
}

}  // namespace

void CurvesFigure::describe(NodeType<CurvesFigure>& type) {
  type.says(
          "Tables as curves. Across: the number in the label of a row (of noise=0.1 it is 0.1). Up: a column; several "
          "tables give a curve each, several columns as well. Points whose row has a verdict that is not to be trusted "
          "are "
          "hollow.")
      .list_input<Table>("table", "Tables whose rows have numbers in their labels.")
      .output<File>("figure", "NODE.png");
  type.parameter("columns", &CurvesFigure::columns).says("The columns that are drawn; unless given, the first.");
  type.parameter("labels", &CurvesFigure::labels)
      .says("What the tables are called, in their order; else what their nodes are.");
  type.parameter("marks", &CurvesFigure::marks)
      .says("Columns among them that are drawn as rings instead of lines: what is to lie upon the curve of another.");
  type.parameter("title", &CurvesFigure::title).says("The figure's title; else that of the first table.");
  type.parameter("x", &CurvesFigure::x)
      .says("What stands under the figure; else what the rows of the first table are.");
  type.parameter("log_x", &CurvesFigure::log_x).says("Whether the axis across is logarithmic.");
  type.parameter("log_y", &CurvesFigure::log_y)
      .says("Whether the axis upwards is logarithmic; what is not above 0 is left out.");
}

void CurvesFigure::outputs(const Specs& inputs, Specs& outputs) const {
  if (const Index tables = inputs.count("table"); !labels.empty() && static_cast<Index>(labels.size()) != tables)
    outputs.problem("with.labels", fmt::format("{} labels for {} tables", labels.size(), tables));
  for (const std::string& mark : marks)
    if (std::find(columns.begin(), columns.end(), mark) == columns.end())
      outputs.problem("with.marks", fmt::format("'{}' is not among the columns", mark));
}

Outputs CurvesFigure::run(const Inputs& inputs, Context&) const {
  std::vector<Curve> curves;
  int rings = 0;
  const Index tables = inputs.count("table");
  const auto& first = inputs.get<Table>("table", 0);
  std::string unit, up;
  for (Index t = 0; t < tables; ++t) {
    const auto& table = inputs.get<Table>("table", t);
    const std::string of = labels.empty() ? inputs.label("table", t).str() : labels[static_cast<std::size_t>(t)];
    std::vector<std::string> wanted = columns;
    if (wanted.empty() && !table.columns.empty()) wanted = {table.columns.front()};
    for (const std::string& column : wanted) {
      const auto found = std::find(table.columns.begin(), table.columns.end(), column);
      if (found == table.columns.end())
        throw BadData(
            fmt::format("table '{}' has no column '{}'; it has {}", of, column, fmt::join(table.columns, ", ")));
      const auto c = static_cast<std::size_t>(found - table.columns.begin());
      if (columns.empty() && !up.empty() && column != up)
        throw BadData(
            fmt::format("the first column of table '{}' is {}, but that of the first table {}: say in "
                        "`columns` what is drawn",
                        of, column, up));
      if (up.empty()) {
        up = column;
        unit = c < table.units.size() ? table.units[c] : "";
      }
      Curve curve{tables > 1 && wanted.size() > 1 ? of + ", " + column : tables > 1 ? of : column, {}, 0};
      // Rings at one place lie within each other.
      constexpr double widest_ring = 7, narrowest_ring = 3, narrower = 2.5;
      if (std::find(marks.begin(), marks.end(), column) != marks.end())
        curve.ring = std::max(narrowest_ring, widest_ring - narrower * static_cast<double>(rings++));
      for (const Table::Row& row : table.rows) {
        const double at = number_in(row.label);
        if (std::isnan(at)) throw BadData(fmt::format("the label '{}' of a row has no number to draw at", row.label));
        if (log_x && at <= 0) continue;
        if (log_y && c < row.values.size() && !(row.values[c] > 0)) continue;
        if (c < row.values.size() && std::isfinite(row.values[c]))
          curve.points.push_back({at, row.values[c], trusted(row.verdict)});
      }
      std::stable_sort(curve.points.begin(), curve.points.end(),
                       [](const Point& a, const Point& b) { return a.x < b.x; });
      curves.push_back(std::move(curve));
    }
  }
  if (std::all_of(curves.begin(), curves.end(), [](const Curve& curve) { return curve.points.empty(); }))
    throw BadData("there is nothing to draw: the tables have no rows, or none that such axes show");

  const Axis across = axis_over(curves, &Point::x, log_x, false), upwards = axis_over(curves, &Point::y, log_y, true);
  const std::string heading = title.empty() ? first.title : title;
  const std::string under = x.empty() ? first.rows_are : x;
  const std::string beside = columns.size() > 1 ? unit : unit.empty() ? up : fmt::format("{} ({})", up, unit);
  const Index left = margin + 56, top = margin + 64;
  const Index legend = curves.size() > 1 ? legend_line * static_cast<Index>(curves.size()) + 12 : 0;
  Index width = left + plot_width + margin;
  for (const Curve& curve : curves)
    width = std::max(width, left + 40 + Canvas::text_width(curve.label, text_font) + margin);
  Canvas canvas(std::max(width, 2 * margin + Canvas::text_width(heading, title_font)),
                top + plot_height + 64 + legend + 12);
  canvas.text(heading, margin, margin + 16, title_font);
  canvas.text(beside, margin, margin + 44, note_font);
  const bool doubtful = std::any_of(curves.begin(), curves.end(), [](const Curve& curve) {
    return std::any_of(curve.points.begin(), curve.points.end(), [](const Point& point) { return !point.trusted; });
  });
  if (doubtful) canvas.text("hollow: not converged", left + plot_width, margin + 44, note_font, Align::right);
  const auto px = [&](double value) { return static_cast<double>(left) + across.place(value) * plot_width; };
  const auto py = [&](double value) {
    return static_cast<double>(top + plot_height) - upwards.place(value) * plot_height;
  };
  for (const double tick : upwards.ticks(5)) {
    const auto y = static_cast<Index>(std::lround(py(tick)));
    canvas.fill(left, y, plot_width, 1, grid);
    canvas.text(fmt::format("{:g}", tick), left - 8, y + 4, note_font, Align::right);
  }
  for (const double tick : across.ticks(8)) {
    const auto at = static_cast<Index>(std::lround(px(tick)));
    canvas.fill(at, top + plot_height, 1, 5, axis);
    canvas.text(fmt::format("{:g}", tick), at, top + plot_height + 20, note_font, Align::centre);
  }
  canvas.fill(left, top + plot_height, plot_width, 1, axis);
  canvas.text(under, left + plot_width / 2, top + plot_height + 44, note_font, Align::centre);
  for (std::size_t k = 0; k < curves.size(); ++k) {
    const Colour ink = inks[k % std::size(inks)];
    const bool dashed = k >= std::size(inks);
    const auto& points = curves[k].points;
    const double radius = curves[k].ring;
    const auto ring = [&](double at_x, double at_y, double outer) {
      canvas.dot(at_x, at_y, outer, ink);
      canvas.dot(at_x, at_y, outer - 1.5, {255, 255, 255});
    };
    for (std::size_t i = 0; radius == 0 && i + 1 < points.size(); ++i)
      canvas.line(px(points[i].x), py(points[i].y), px(points[i + 1].x), py(points[i + 1].y), ink, dashed);
    constexpr std::size_t most_dots = 40;
    constexpr double dot = 3.5;
    for (const Point& point : points) {
      if (radius > 0 || !point.trusted)
        ring(px(point.x), py(point.y), std::max(radius, dot));
      else if (points.size() <= most_dots)
        canvas.dot(px(point.x), py(point.y), dot, ink);
    }
    if (curves.size() == 1) continue;
    const Index y = top + plot_height + 64 + legend_line * static_cast<Index>(k);
    if (radius > 0)
      ring(static_cast<double>(left + 14), static_cast<double>(y), radius);
    else
      canvas.line(static_cast<double>(left), static_cast<double>(y), static_cast<double>(left + 28),
                  static_cast<double>(y), ink, dashed);
    canvas.text(curves[k].label, left + 36, y + 4, text_font);
  }
  Outputs outputs;
  outputs.set("figure", File{"png", canvas.png()});
  return outputs;
}

}  // namespace harmonium::figures
