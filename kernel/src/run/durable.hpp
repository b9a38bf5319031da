#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harmonium/export.hpp"

namespace harmonium::run {

/// Throws RunFailed: "cannot `doing` `path`: what errno says".
[[noreturn]] void io_failed(const std::string& doing, const std::filesystem::path& path, int error);

/// An open file descriptor.
class HARMONIUM_API Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// A new file, written from its beginning to its end. Every function throws RunFailed with the path and the reason.
class FileWriter {
 public:
  /// Errors name `told`, where the file is to be moved to.
  explicit FileWriter(const std::filesystem::path& path, const std::filesystem::path& told = {});
  void write(const void* data, std::size_t bytes);
  /// Bytes written so far.
  std::uint64_t size() const { return size_; }
  /// Everything is on the disk when this returns. To be called once, at the end.
  void finish();

 private:
  void flush();
  std::filesystem::path path_;
  Descriptor file_;
  std::vector<char> buffer_;
  std::uint64_t size_ = 0;
};

HARMONIUM_API void make_folders(const std::filesystem::path& folder);
/// The new or replaced file is complete or not there at all, whatever happens meanwhile.
HARMONIUM_API void replace_file(const std::filesystem::path& path, std::string_view text);
/// Moves a folder whose files are on the disk to its place; what was there is deleted.
void put_in_place(const std::filesystem::path& folder, const std::filesystem::path& place);
/// The whole text of a small file, or nothing where it cannot be read.
HARMONIUM_API std::string read_text(const std::filesystem::path& path);

}  // namespace harmonium::run
