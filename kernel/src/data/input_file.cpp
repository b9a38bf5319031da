#include "harmonium/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

/// Deflate codes at best 258 bytes in two bits (zlib's technical notes, "Maximum compression factor").
constexpr Index best_compression = 1032;
constexpr unsigned buffer_bytes = 1 << 17;
constexpr Index most_at_once = Index{1} << 30;

class Descriptor {
 public:
  explicit Descriptor(const std::string& path) : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat about {};
    if (number_ < 0 || fstat(number_, &about) != 0)
      throw BadData(fmt::format("{} cannot be read: {}", path, std::strerror(errno)));
    if (!S_ISREG(about.st_mode)) throw BadData(fmt::format("{} is not a file", path));
    bytes_ = static_cast<Index>(about.st_size);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  int number() const { return number_; }
  Index bytes() const { return bytes_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_ = -1;
  Index bytes_ = 0;
};

}  // namespace

InputFile::InputFile(const std::string& path) : path_(path) {
  Descriptor file(path);
  bytes_ = file.bytes();
  gzFile opened = gzdopen(file.number(), "rb");
  if (!opened) throw std::bad_alloc();
  file.release();
  handle_ = std::shared_ptr<void>(opened, [](void* handle) { gzclose_r(static_cast<gzFile>(handle)); });
  gzbuffer(opened, buffer_bytes);
  compressed_ = gzdirect(opened) == 0;
}

Index InputFile::most_bytes() const {
  if (!compressed_) return bytes_;
  return bytes_ > std::numeric_limits<Index>::max() / best_compression ? std::numeric_limits<Index>::max()
                                                                       : bytes_ * best_compression;
}

Index InputFile::read(void* to, Index size) {
  const auto file = static_cast<gzFile>(handle_.get());
  Index done = 0;
  while (done < size) {
    const auto wanted = static_cast<unsigned>(std::min(size - done, most_at_once));
    const int got = gzread(file, static_cast<char*>(to) + done, wanted);
    if (got < 0 || static_cast<unsigned>(got) < wanted) {
      int code = Z_OK;
      const char* reason = gzerror(file, &code);
      if (code == Z_ERRNO) throw BadData(fmt::format("{} cannot be read: {}", path_, std::strerror(errno)));
      if (code == Z_BUF_ERROR) throw BadData(fmt::format("{}: the compressed data are cut short", path_));
      // The reason begins with what zlib takes for the file's name: "<fd:3>: invalid block type".
      if (code != Z_OK) {
        const char* after_name = std::strstr(reason, ": ");
        throw BadData(
            fmt::format("{}: the compressed data are damaged ({})", path_, after_name ? after_name + 2 : reason));
      }
      return done + std::max(got, 0);
    }
    done += got;
  }
  return done;
}

Tensor map_file(const std::string& path, Index offset, Element element, Tensor::Shape shape) {
  const Descriptor file(path);
  const Tensor extent = Tensor::over(nullptr, nullptr, element, shape);
  if (offset < 0 || extent.bytes() > file.bytes() - offset)
    throw BadData(fmt::format("{} has {} bytes, but {} are needed", path, file.bytes(), offset + extent.bytes()));
  if (extent.bytes() == 0) return Tensor(element, std::move(shape));
  const auto length = static_cast<std::size_t>(file.bytes());
  void* memory = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, file.number(), 0);
  if (memory == MAP_FAILED) throw BadData(fmt::format("{} cannot be mapped: {}", path, std::strerror(errno)));
  std::shared_ptr<void> owner(memory, [length](void* pages) { munmap(pages, length); });
  return Tensor::over(std::move(owner), static_cast<char*>(memory) + offset, element, std::move(shape));
}

}  // namespace harmonium
