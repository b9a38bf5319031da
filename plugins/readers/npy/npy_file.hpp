#pragma once

#include <string>

#include "harmonium/npy.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// Reads the header of a file and checks that as many bytes follow as it says. Throws BadData where not.
NpyHeader open_npy(const std::string& path);

/// Whether a tensor can lie over the file itself: its elements are the file's, and lie where such values may.
bool mappable(const NpyHeader& header);
/// The values of a mappable file, as `rows` rows.
Tensor map_npy(const std::string& path, const NpyHeader& header, Index rows);
/// The values of any file as float32, into a tensor of that size.
void convert_npy(const std::string& path, const NpyHeader& header, Tensor& to);

/// Throws BadData, with row and column, where a value is not finite in single precision; nan passes if `missing`.
void check_finite(const Tensor& values, const std::string& path, bool missing);

}  // namespace harmonium
