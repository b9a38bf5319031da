#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harmonium/tensor.hpp"

namespace harmonium {

/// An array with the name that it has in an .npz file.
struct NamedArray {
  std::string name;
  Tensor values;
};

/// One array as the content of an .npy file, uint8.
Tensor write_npy(const Tensor& values);
/// Arrays as the content of an .npz file, uint8: what numpy.savez writes. The same arrays give the same bytes. Throws
/// RunFailed where the archive cannot be made.
Tensor write_npz(const std::vector<NamedArray>& arrays);

/// An .npz file open for reading, as numpy.savez and numpy.savez_compressed write it. Throws BadData, naming file and
/// array, for whatever is not what it claims to be.
class NpzFile {
 public:
  explicit NpzFile(std::string path);
  ~NpzFile();
  NpzFile(const NpzFile&) = delete;
  NpzFile& operator=(const NpzFile&) = delete;

  /// The names of its arrays, in the order of the file.
  std::vector<std::string> names() const;
  bool has(const std::string& array) const;
  /// Extents of an array of numbers; reads its header alone.
  Tensor::Shape shape(const std::string& array) const;
  /// An array of float32 or float64 of at most two dimensions as float32, row by row however it lies in the file. All
  /// its values are finite.
  Tensor read(const std::string& array) const;
  /// An array of bytes as text.
  std::string text(const std::string& array) const;

 private:
  struct Archive;
  struct Entry;
  std::string what(const std::string& array) const;

  std::string path_;
  std::unique_ptr<Archive> archive_;
};

}  // namespace harmonium
