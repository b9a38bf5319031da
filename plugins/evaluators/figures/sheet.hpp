#pragma once

#include <string>
#include <vector>

#include "harmonium/file.hpp"
#include "harmonium/network.hpp"
#include "palette.hpp"
#include "tile.hpp"

namespace harmonium::figures {

/// A row of tiles with a word at its left.
struct Band {
  std::string label;
  std::vector<Tile> tiles;
  /// Set apart from the band above it.
  bool apart = false;
};

/// Bands under a heading.
struct Panel {
  std::string heading;
  std::vector<Band> bands;
};

/// A page of tiles, all on one scale: title, notes, panels under each other, and a bar that tells what colours mean.
/// Every value of a tile becomes a square of whole pixels, unsmoothed.
struct Sheet {
  std::string title;
  std::vector<std::string> notes;
  std::vector<Panel> panels;
  Scale scale;
  /// What the numbers are: "weight".
  std::string scale_says;

  /// The sheet as a PNG file.
  File draw() const;
};

/// Notes what is known of the log Z of a model that the sheet shows, after its name where there are several.
void add_certificate(Sheet& sheet, const Network& model, const std::string& name = "");

/// Cuts tiles into bands of `columns`; 0: about as many columns as rows, and every row full where that can be.
std::vector<Band> bands_of(std::vector<Tile> tiles, Index columns);

/// A scale for pictures of data: [0, 1] where all values lie there, else from the least to the greatest.
Scale picture_scale(const std::vector<Panel>& panels);
/// A scale for numbers of both signs, zero in its middle. Ends at the absolute value that all but one in 200 keep, so
/// that a few large ones do not leave everything else pale.
Scale signed_scale(const std::vector<Panel>& panels, Palette palette);
/// The largest absolute value.
double largest_size(const std::vector<Panel>& panels);

}  // namespace harmonium::figures
