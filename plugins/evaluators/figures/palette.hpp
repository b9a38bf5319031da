#pragma once

#include <cstdint>

namespace harmonium::figures {

struct Colour {
  std::uint8_t red = 0, green = 0, blue = 0;
};

/// Colours for numbers.
enum class Palette : std::uint8_t {
  ink,       ///< white to black: 1 is ink on paper
  grey,      ///< black to white
  blue_red,  ///< blue, white, red: for signs; Brewer's RdBu, told apart by the colour-blind
  blue       ///< white to blue: for counts
};

/// The colour at `position`, 0 being the palette's beginning and 1 its end; what lies outside has the end's colour.
Colour colour_at(Palette palette, double position);

/// What numbers the two ends of a palette stand for.
struct Scale {
  Palette palette = Palette::ink;
  double low = 0, high = 1;

  Colour colour(double value) const { return colour_at(palette, high > low ? (value - low) / (high - low) : 0.5); }
};

}  // namespace harmonium::figures
