#include "confusion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "canvas.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"
#include "harmonium/table.hpp"

namespace harmonium::figures {
namespace {

constexpr Index cell = 44, name_gap = 10;
constexpr Colour line{221, 221, 221}, paper{255, 255, 255}, dark{34, 34, 34}, faint{170, 170, 170};

Index width_of_widest(const std::vector<std::string>& texts) {
  Index width = 0;
  for (const std::string& text : texts) width = std::max(width, Canvas::text_width(text, text_font));
  return width;
}

/// Colours are the share of the row; the diagonal, which is what should be, is blue, mistakes are red.
Colour cell_colour(double share, bool right) {
  if (right) return colour_at(Palette::blue, 0.75 * share);
  // Mistakes are few; a twentieth of a class is already many.
  return share > 0 ? colour_at(Palette::blue_red, 0.55 + std::min(0.35, 2 * share)) : paper;
}

}  // namespace

void ConfusionFigure::describe(NodeType<ConfusionFigure>& type) {
  type.says(
          "Which classes are taken for which: a row for each true class, a column for each predicted one, with counts. "
          "Right answers are blue, mistakes red, the darker the larger their share of the class.")
      .input<Table>("table", "A confusion table, as of evaluator.accuracy.")
      .output<File>("figure", "NODE.png");
  type.parameter("title", &ConfusionFigure::title).says("The figure's title.");
}

Outputs ConfusionFigure::run(const Inputs& inputs, Context&) const {
  const auto& table = inputs.get<Table>("table");
  const auto classes = static_cast<Index>(table.columns.size());
  if (classes == 0 || static_cast<Index>(table.rows.size()) != classes)
    throw BadData(fmt::format("a confusion table has as many rows as columns; this one has {} and {}",
                              table.rows.size(), classes));
  std::vector<std::string> names;
  double all = 0, right = 0;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    names.push_back(table.rows[i].label);
    all += std::accumulate(table.rows[i].values.begin(), table.rows[i].values.end(), 0.0);
    right += table.rows[i].values.at(i);
  }
  const std::string heading = title.empty() ? "True class against predicted class" : title;
  const std::string note = fmt::format("{:.0f} mistakes among {:.0f} rows{}", all - right, all,
                                       all > 0 ? fmt::format(" ({:.2f} %)", 100 * (all - right) / all) : "");
  const Index size = std::max(cell, width_of_widest(table.columns) + name_gap);
  const Index left = margin + 20 + width_of_widest(names) + name_gap, top = margin + 100;
  const Index width = std::max(left + classes * size, margin + Canvas::text_width(heading, title_font)) + margin;
  Canvas canvas(width, top + classes * cell + margin);
  canvas.text(heading, margin, margin + 16, title_font);
  canvas.text(note, margin, margin + 38, note_font);
  canvas.text("predicted", left + classes * size / 2, top - 28, note_font, Align::centre);
  canvas.text("true", margin, top - 10, note_font);
  for (Index i = 0; i < classes; ++i) {
    const auto& row = table.rows[static_cast<std::size_t>(i)];
    const double sum = std::accumulate(row.values.begin(), row.values.end(), 0.0);
    canvas.text(row.label, left - name_gap, top + i * cell + cell / 2 + 4, text_font, Align::right);
    canvas.text(table.columns[static_cast<std::size_t>(i)], left + i * size + size / 2, top - 10, text_font,
                Align::centre);
    for (Index j = 0; j < classes; ++j) {
      const double count = row.values.at(static_cast<std::size_t>(j)), share = sum > 0 ? count / sum : 0;
      const Colour colour = cell_colour(share, i == j);
      canvas.fill(left + j * size, top + i * cell, size, cell, colour);
      Font font{13, i == j, colour.red + colour.green + colour.blue < 380 ? paper : dark};
      if (count == 0) font.colour = faint;
      canvas.text(fmt::format("{:.0f}", count), left + j * size + size / 2, top + i * cell + cell / 2 + 5, font,
                  Align::centre);
    }
  }
  for (Index k = 0; k <= classes; ++k) {
    canvas.fill(left, top + k * cell, classes * size + 1, 1, line);
    canvas.fill(left + k * size, top, 1, classes * cell + 1, line);
  }
  Outputs outputs;
  outputs.set("figure", File{"png", canvas.png()});
  return outputs;
}

}  // namespace harmonium::figures
