#include "sheet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "canvas.hpp"

namespace harmonium::figures {
namespace {

constexpr Index gap = 6;            ///< between tiles
constexpr Index caption_line = 17;  ///< above tiles that have captions
constexpr Index apart = 14;         ///< above bands set apart
constexpr Index label_gap = 12;     ///< between a band's label and its tiles
constexpr Index heading_line = 26;
constexpr Index panel_gap = 22;
constexpr Index note_line = 18;
constexpr Index widest = 1400;
constexpr Index tile_size = 84;  ///< pixels that tiles are enlarged to, about
constexpr Colour frame_colour{204, 204, 204};
/// Of values that are not there: no shade of grey.
constexpr Colour blank_colour{214, 228, 244};
constexpr Font caption_font{11, false, {85, 85, 85}};

template <class Visit>
void for_each_value(const std::vector<Panel>& panels, Visit&& visit) {
  for (const Panel& panel : panels)
    for (const Band& band : panel.bands)
      for (const Tile& tile : band.tiles)
        for (const float value : tile.values)
          if (!std::isnan(value)) visit(value);
}

/// Sizes in pixels of everything on one sheet.
class Layout {
 public:
  explicit Layout(const Sheet& sheet) : sheet_(sheet) {
    Index most_columns = 1;
    for (const Panel& panel : sheet.panels)
      for (const Band& band : panel.bands) {
        labels_ = std::max(labels_, band.label.empty() ? 0 : Canvas::text_width(band.label, text_font) + label_gap);
        most_columns = std::max(most_columns, static_cast<Index>(band.tiles.size()));
        for (const Tile& tile : band.tiles) {
          tile_columns_ = std::max(tile_columns_, tile.columns);
          tile_rows_ = std::max(tile_rows_, tile.rows);
        }
      }
    const Index room = (widest - 2 * margin - labels_ + gap) / most_columns - gap;
    const Index size = std::max<Index>(tile_size, tile_columns_);
    scale_ = std::max<Index>(1, std::min(size, room) / tile_columns_);
    scale_ = std::max<Index>(1, std::min(scale_, 2 * tile_size / tile_rows_));
    pitch_ = tile_columns_ * scale_ + gap;
    for (const Panel& panel : sheet.panels)
      for (const Band& band : panel.bands)
        for (const Tile& tile : band.tiles)
          if (!tile.caption.empty()) pitch_ = std::max(pitch_, Canvas::text_width(tile.caption, caption_font) + gap);
    width_ = labels_ + most_columns * pitch_ - gap;
    width_ = std::max(width_, Canvas::text_width(sheet.title, title_font));
    for (const std::string& note : sheet.notes) width_ = std::max(width_, Canvas::text_width(note, note_font));
    width_ = std::max(width_, bar_width + bar_gap + Canvas::text_width(sheet.scale_says, text_font));
  }

  Index width() const { return width_ + 2 * margin; }
  Index height() const {
    Index y = margin + title_height();
    for (const Panel& panel : sheet_.panels) y += panel_height(panel) + panel_gap;
    return y + bar_height + margin;
  }
  Index title_height() const { return 22 + note_line * static_cast<Index>(sheet_.notes.size()) + 16; }
  Index panel_height(const Panel& panel) const {
    Index y = panel.heading.empty() ? 0 : heading_line;
    for (std::size_t i = 0; i < panel.bands.size(); ++i) y += band_top(panel, i) + tile_rows_ * scale_ + gap;
    return y - gap;
  }
  /// What lies between a band's tiles and the tiles, or the heading, above.
  Index band_top(const Panel& panel, std::size_t i) const {
    const Band& band = panel.bands[i];
    const bool captions =
        std::any_of(band.tiles.begin(), band.tiles.end(), [](const Tile& tile) { return !tile.caption.empty(); });
    return (captions ? caption_line : 0) + (band.apart && i > 0 ? apart : 0);
  }
  void draw(Canvas& canvas) const {
    Index y = margin + 16;
    canvas.text(sheet_.title, margin, y, title_font);
    for (std::size_t i = 0; i < sheet_.notes.size(); ++i) {
      canvas.text(sheet_.notes[i], margin, y + note_line + 4, note_font);
      y += note_line;
    }
    y = margin + title_height();
    for (const Panel& panel : sheet_.panels) {
      draw_panel(canvas, panel, y);
      y += panel_height(panel) + panel_gap;
    }
    draw_bar(canvas, y);
  }

 private:
  static constexpr Index bar_width = 180, bar_height = 28, bar_gap = 16;

  void draw_panel(Canvas& canvas, const Panel& panel, Index y) const {
    if (!panel.heading.empty()) {
      canvas.text(panel.heading, margin, y + 13, heading_font);
      y += heading_line;
    }
    for (std::size_t i = 0; i < panel.bands.size(); ++i) {
      const Band& band = panel.bands[i];
      y += band_top(panel, i);
      if (!band.label.empty())
        canvas.text(band.label, margin + labels_ - label_gap, y + tile_rows_ * scale_ / 2 + 4, text_font, Align::right);
      Index x = margin + labels_;
      for (const Tile& tile : band.tiles) {
        draw_tile(canvas, tile, x, y);
        if (!tile.caption.empty())
          canvas.text(tile.caption, x + tile.columns * scale_ / 2, y - 5, caption_font, Align::centre);
        x += pitch_;
      }
      y += tile_rows_ * scale_ + gap;
    }
  }

  void draw_tile(Canvas& canvas, const Tile& tile, Index x, Index y) const {
    canvas.frame(x, y, tile.columns * scale_, tile.rows * scale_, frame_colour);
    for (Index i = 0; i < tile.rows; ++i)
      for (Index j = 0; j < tile.columns; ++j) {
        const float value = tile.values[static_cast<std::size_t>(i * tile.columns + j)];
        canvas.fill(x + j * scale_, y + i * scale_, scale_, scale_,
                    std::isnan(value) ? blank_colour : sheet_.scale.colour(value));
      }
  }

  void draw_bar(Canvas& canvas, Index y) const {
    constexpr Index thickness = 10;
    for (Index x = 0; x < bar_width; ++x)
      canvas.fill(margin + 1 + x, y + 1, 1, thickness,
                  colour_at(sheet_.scale.palette, static_cast<double>(x) / (bar_width - 1)));
    canvas.frame(margin + 1, y + 1, bar_width, thickness, frame_colour);
    const double low = sheet_.scale.low, high = sheet_.scale.high;
    const Index under = y + thickness + 16;
    canvas.text(number(low), margin, under, caption_font);
    if (low < 0 && high > 0)
      canvas.text("0", margin + 1 + static_cast<Index>(-low / (high - low) * bar_width), under, caption_font,
                  Align::centre);
    canvas.text(number(high), margin + 2 + bar_width, under, caption_font, Align::right);
    canvas.text(sheet_.scale_says, margin + bar_width + bar_gap, y + 10, text_font);
  }

  static std::string number(double value) {
    std::string text = fmt::format("{:.3g}", value);
    // A minus sign, not a hyphen.
    if (text.front() == '-') text.replace(0, 1, "\u2212");
    return text;
  }

  const Sheet& sheet_;
  Index labels_ = 0;
  Index tile_columns_ = 1, tile_rows_ = 1;
  Index scale_ = 1;
  Index pitch_ = 0;
  Index width_ = 0;
};

}  // namespace

File Sheet::draw() const {
  const Layout layout(*this);
  Canvas canvas(layout.width(), layout.height());
  layout.draw(canvas);
  return {"png", canvas.png()};
}

void add_certificate(Sheet& sheet, const Network& model, const std::string& name) {
  const Certificate* known = model.certificate();
  if (!known) return;
  sheet.notes.push_back((name.empty() ? "" : name + ": ") + known->text());
  if (const std::string details = known->details(); !details.empty()) sheet.notes.push_back(details);
}

std::vector<Band> bands_of(std::vector<Tile> tiles, Index columns) {
  const auto count = static_cast<Index>(tiles.size());
  if (columns == 0) {
    const auto square = std::max<Index>(1, static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count)))));
    columns = square;
    // Rather a little wider than a last row that is not full.
    while (count % columns != 0 && columns <= square * 8 / 5) ++columns;
    if (count % columns != 0) columns = square;
  }
  std::vector<Band> bands;
  for (Index i = 0; i < count; ++i) {
    if (i % columns == 0) bands.emplace_back();
    bands.back().tiles.push_back(std::move(tiles[static_cast<std::size_t>(i)]));
  }
  return bands;
}

Scale picture_scale(const std::vector<Panel>& panels) {
  double low = 0, high = 1;
  for_each_value(panels, [&](double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  });
  return {Palette::ink, low, high};
}

double largest_size(const std::vector<Panel>& panels) {
  double largest = 0;
  for_each_value(panels, [&](double value) { largest = std::max(largest, std::abs(value)); });
  return largest;
}

Scale signed_scale(const std::vector<Panel>& panels, Palette palette) {
  std::vector<double> sizes;
  for_each_value(panels, [&](double value) { sizes.push_back(std::abs(value)); });
  if (sizes.empty()) return {palette, -1, 1};
  const auto kept = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) * 199 / 200);
  std::nth_element(sizes.begin(), kept, sizes.end());
  const double end = *kept > 0 ? *kept : 1;
  return {palette, -end, end};
}

}  // namespace harmonium::figures
