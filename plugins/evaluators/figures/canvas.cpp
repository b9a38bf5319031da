#include "canvas.hpp"

#include <cairo.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium::figures {

struct Canvas::Cairo {
  cairo_surface_t* surface = nullptr;
  cairo_t* context = nullptr;

  Cairo(int width, int height)
      : surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height)), context(cairo_create(surface)) {}
  Cairo(const Cairo&) = delete;
  Cairo& operator=(const Cairo&) = delete;
  ~Cairo() {
    cairo_destroy(context);
    cairo_surface_destroy(surface);
  }

  void check() const {
    if (const cairo_status_t status = cairo_status(context); status != CAIRO_STATUS_SUCCESS)
      throw RunFailed(fmt::format("the picture cannot be drawn: {}", cairo_status_to_string(status)));
  }
  void colour(Colour c) const { cairo_set_source_rgb(context, c.red / 255.0, c.green / 255.0, c.blue / 255.0); }
  void font(const Font& font) const {
    cairo_select_font_face(context, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           font.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(context, font.size);
    // The screen's settings must not enter the picture.
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_ON);
    cairo_set_font_options(context, options);
    cairo_font_options_destroy(options);
  }
  double width(const std::string& text) const {
    cairo_text_extents_t extents;
    cairo_text_extents(context, text.c_str(), &extents);
    return extents.x_advance;
  }
};

Index Canvas::text_width(const std::string& text, const Font& font) {
  const Cairo ruler(1, 1);
  ruler.font(font);
  return static_cast<Index>(std::ceil(ruler.width(text)));
}

Canvas::Canvas(Index width, Index height) {
  // cairo's images end here.
  constexpr Index most = 32767;
  if (width < 1 || height < 1 || width > most || height > most)
    throw RunFailed(fmt::format("a picture of {} x {} pixels cannot be drawn", width, height));
  cairo_ = std::make_unique<Cairo>(static_cast<int>(width), static_cast<int>(height));
  cairo_->check();
  fill(0, 0, width, height, {255, 255, 255});
}

Canvas::~Canvas() = default;

void Canvas::fill(Index x, Index y, Index width, Index height, Colour colour) {
  cairo_->colour(colour);
  cairo_rectangle(cairo_->context, static_cast<double>(x), static_cast<double>(y), static_cast<double>(width),
                  static_cast<double>(height));
  cairo_fill(cairo_->context);
}

void Canvas::line(double x0, double y0, double x1, double y1, Colour colour, bool dashed) {
  cairo_->colour(colour);
  cairo_set_line_width(cairo_->context, 2);
  cairo_set_line_cap(cairo_->context, CAIRO_LINE_CAP_ROUND);
  const double dashes[] = {5, 5};
  cairo_set_dash(cairo_->context, dashes, dashed ? 2 : 0, 0);
  cairo_move_to(cairo_->context, x0, y0);
  cairo_line_to(cairo_->context, x1, y1);
  cairo_stroke(cairo_->context);
}

void Canvas::dot(double x, double y, double radius, Colour colour) {
  cairo_->colour(colour);
  constexpr double whole = 6.283185307179586;
  cairo_arc(cairo_->context, x, y, radius, 0, whole);
  cairo_fill(cairo_->context);
}

void Canvas::frame(Index x, Index y, Index width, Index height, Colour colour) {
  fill(x - 1, y - 1, width + 2, 1, colour);
  fill(x - 1, y + height, width + 2, 1, colour);
  fill(x - 1, y, 1, height, colour);
  fill(x + width, y, 1, height, colour);
}

void Canvas::text(const std::string& text, Index x, Index y, const Font& font, Align align) {
  cairo_->colour(font.colour);
  cairo_->font(font);
  const double width = cairo_->width(text);
  const double left = static_cast<double>(x) - (align == Align::left ? 0 : align == Align::right ? width : width / 2);
  // On whole pixels text is crisp.
  cairo_move_to(cairo_->context, std::round(left), static_cast<double>(y));
  cairo_show_text(cairo_->context, text.c_str());
}

Tensor Canvas::png() const {
  cairo_->check();
  std::vector<unsigned char> bytes;
  const auto append = [](void* to, const unsigned char* data, unsigned int count) {
    auto& all = *static_cast<std::vector<unsigned char>*>(to);
    all.insert(all.end(), data, data + count);
    return CAIRO_STATUS_SUCCESS;
  };
  if (const cairo_status_t status = cairo_surface_write_to_png_stream(cairo_->surface, append, &bytes);
      status != CAIRO_STATUS_SUCCESS)
    throw RunFailed(fmt::format("the picture cannot be written: {}", cairo_status_to_string(status)));
  Tensor file = Tensor::of<std::uint8_t>({static_cast<Index>(bytes.size())});
  std::memcpy(file.raw(), bytes.data(), bytes.size());
  return file;
}

}  // namespace harmonium::figures
