#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harmonium/input_file.hpp"

namespace harmonium {

/// Files of up to so much text are looked through before the run for their rows and classes: some milliseconds.
inline constexpr Index looked_through_bytes = Index{4} << 20;
/// From here on values go straight to the store.
inline constexpr Index on_disk_from_bytes = Index{16} << 20;
inline constexpr Index rows_between_reports = 4096;

/// The lines of a text file, plain or gzip, without their ends ("\n" or "\r\n"). Empty lines are passed over, and so is
/// a byte order mark.
class Lines {
 public:
  explicit Lines(const std::string& path);

  /// The next line, which stays valid until the next call; false at the end. Throws BadData for lines longer than 64
  /// MiB and for bytes that no text has.
  bool next(std::string_view& line);
  /// The number of the line last given, from 1, empty ones counted.
  Index number() const { return number_; }
  /// Bytes of text given so far.
  Index consumed() const { return consumed_; }
  const std::string& path() const { return file_.path(); }

 private:
  /// Reads on behind what is not yet given; false at the end of the file.
  bool fill();

  InputFile file_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  Index number_ = 0, consumed_ = 0;
};

}  // namespace harmonium
