#pragma once

#include <memory>
#include <string>

#include "harmonium/tensor.hpp"
#include "palette.hpp"

namespace harmonium::figures {

/// How a text is set.
struct Font {
  double size = 12;  ///< pixels
  bool bold = false;
  Colour colour{34, 34, 34};
};

inline constexpr Font title_font{18, true, {34, 34, 34}};
inline constexpr Font heading_font{14, true, {34, 34, 34}};
inline constexpr Font text_font{12, false, {51, 51, 51}};
inline constexpr Font note_font{12, false, {110, 110, 110}};

/// Pixels around everything in a figure.
inline constexpr Index margin = 28;

enum class Align { left, centre, right };

/// A picture being drawn, white at first. Positions are pixels from its upper left corner. Drawn by cairo; the same
/// calls give the same bytes wherever the font, DejaVu Sans, is the same.
class Canvas {
 public:
  /// Throws RunFailed where a picture of that size cannot be.
  Canvas(Index width, Index height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  /// Pixels wide that a text takes, rounded up.
  static Index text_width(const std::string& text, const Font& font);

  void fill(Index x, Index y, Index width, Index height, Colour colour);
  /// A line one pixel wide around a rectangle, just outside of it.
  void frame(Index x, Index y, Index width, Index height, Colour colour);
  /// A straight line two pixels wide.
  void line(double x0, double y0, double x1, double y1, Colour colour, bool dashed = false);
  void dot(double x, double y, double radius, Colour colour);
  /// The left end, centre or right end of the text is at x, its baseline at y.
  void text(const std::string& text, Index x, Index y, const Font& font, Align align = Align::left);

  /// The picture as a PNG file, uint8.
  Tensor png() const;

 private:
  struct Cairo;
  std::unique_ptr<Cairo> cairo_;
};

}  // namespace harmonium::figures
