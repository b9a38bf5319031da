#pragma once

#include <string>

#include "harmonium/tensor.hpp"

namespace harmonium {

struct ImageSize {
  Index rows = 0, columns = 0;
};

/// What the header of a PNG file says. Throws BadData, naming the file, for what is none, and for images of more than
/// 2^26 pixels.
ImageSize read_png_size(const std::string& path);

/// The image as rows x columns grey values from 0 (black) to 1 (white), of 1 to 16 bits a pixel as they stand in the
/// file, without any correction of gamma. Colours become their luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601);
/// transparency is ignored. Throws BadData, naming the file, where it is damaged or cut short.
Tensor read_png(const std::string& path);

}  // namespace harmonium
