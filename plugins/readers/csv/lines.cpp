#include "lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

constexpr std::size_t first_buffer = std::size_t{1} << 18;
constexpr std::size_t longest_line = std::size_t{1} << 26;
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

}  // namespace

Lines::Lines(const std::string& path) : file_(path), buffer_(first_buffer) {
  fill();
  if (std::string_view(buffer_.data(), end_).starts_with(byte_order_mark)) begin_ = byte_order_mark.size();
}

bool Lines::fill() {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (end_ >= longest_line)
      throw BadData(fmt::format("{}: line {} is longer than {} bytes", path(), number_ + 1, longest_line));
    buffer_.resize(2 * buffer_.size());
  }
  const Index got = file_.read(buffer_.data() + end_, static_cast<Index>(buffer_.size() - end_));
  if (const void* zero = std::memchr(buffer_.data() + end_, '\0', static_cast<std::size_t>(got))) {
    const auto line =
        number_ + 1 +
        std::count(buffer_.cbegin(), buffer_.cbegin() + (static_cast<const char*>(zero) - buffer_.data()), '\n');
    throw BadData(fmt::format("{} is not a text file: line {} has a zero byte", path(), line));
  }
  end_ += static_cast<std::size_t>(got);
  return got > 0;
}

bool Lines::next(std::string_view& line) {
  std::size_t searched = 0;
  while (true) {
    const char* start = buffer_.data() + begin_;
    const std::size_t available = end_ - begin_;
    const void* found = std::memchr(start + searched, '\n', available - searched);
    if (!found) {
      searched = available;
      if (fill()) continue;
      if (end_ == begin_) return false;
    }
    start = buffer_.data() + begin_;
    const std::size_t length = found ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : available;
    line = std::string_view(start, length);
    begin_ += length + (found ? 1 : 0);
    consumed_ += static_cast<Index>(length) + 1;
    ++number_;
    searched = 0;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t") != std::string_view::npos) return true;
  }
}

}  // namespace harmonium
