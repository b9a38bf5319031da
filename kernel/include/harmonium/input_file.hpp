#pragma once

#include <memory>
#include <string>

#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// A file read from its beginning, byte by byte. Compressed files (gzip, told by their first bytes, not by their name)
/// are decompressed on the way.
class HARMONIUM_API InputFile {
 public:
  /// Throws BadData where the file cannot be opened or is none.
  explicit InputFile(const std::string& path);

  const std::string& path() const { return path_; }
  bool compressed() const { return compressed_; }
  /// The size on disk, in bytes.
  Index bytes() const { return bytes_; }
  /// The most bytes that can come out: the size, or for compressed files what gzip can reach at best.
  Index most_bytes() const;
  /// Reads `size` bytes, fewer only where the file ends; returns how many. Throws BadData where compressed data are
  /// damaged or cut short.
  Index read(void* to, Index size);

 private:
  std::string path_;
  std::shared_ptr<void> handle_;
  Index bytes_ = 0;
  bool compressed_ = false;
};

/// Part of a file as a tensor, mapped instead of read: it must not be written to. The first value is `offset` bytes
/// from the beginning. Throws BadData where the file is too short.
HARMONIUM_API Tensor map_file(const std::string& path, Index offset, Element element, Tensor::Shape shape);

}  // namespace harmonium
