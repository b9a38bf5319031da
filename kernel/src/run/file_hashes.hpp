#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "harmonium/export.hpp"

namespace harmonium::run {

/// Hashes of the content of files and folders, remembered in the store as long as a file's path, size, time of
/// modification and inode stay the same.
class HARMONIUM_API FileHashes {
 public:
  explicit FileHashes(std::filesystem::path store);
  /// Of a folder: the hash of the names and contents of the files directly in it. Throws BadData where something cannot
  /// be read.
  std::string of(const std::filesystem::path& path);

 private:
  std::string of_file(const std::filesystem::path& path);
  std::filesystem::path store_;
  std::map<std::filesystem::path, std::string> known_;
};

}  // namespace harmonium::run
