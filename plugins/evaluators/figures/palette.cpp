#include "palette.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>

namespace harmonium::figures {
namespace {

constexpr Colour ink[] = {{255, 255, 255}, {0, 0, 0}};
constexpr Colour grey[] = {{0, 0, 0}, {255, 255, 255}};
// Brewer, Harrower 2003: RdBu and Blues.
constexpr Colour blue_red[] = {{5, 48, 97},     {33, 102, 172},  {67, 147, 195},  {146, 197, 222},
                               {209, 229, 240}, {247, 247, 247}, {253, 219, 199}, {244, 165, 130},
                               {214, 96, 77},   {178, 24, 43},   {103, 0, 31}};
constexpr Colour blue[] = {{255, 255, 255}, {222, 235, 247}, {198, 219, 239}, {158, 202, 225}, {107, 174, 214},
                           {66, 146, 198},  {33, 113, 181},  {8, 81, 156},    {8, 48, 107}};

template <std::size_t n>
Colour between(const Colour (&anchors)[n], double position) {
  // Not a number has no colour of its own; the beginning's is as good as any.
  const double at = (position > 0 ? std::min(position, 1.0) : 0.0) * static_cast<double>(n - 1);
  const auto below = std::min(static_cast<std::size_t>(at), n - 2);
  const double part = at - static_cast<double>(below);
  const auto mix = [part](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + part * (to - from)));
  };
  const Colour &a = anchors[below], &b = anchors[below + 1];
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

}  // namespace

Colour colour_at(Palette palette, double position) {
  switch (palette) {
    case Palette::ink:
      return between(ink, position);
    case Palette::grey:
      return between(grey, position);
    case Palette::blue_red:
      return between(blue_red, position);
    case Palette::blue:
      return between(blue, position);
  }
  return {};
}

}  // namespace harmonium::figures
