#include "png_image.hpp"

#include <fmt/format.h>
#include <png.h>

#include <array>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <vector>

#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

constexpr Index most_pixels = Index{1} << 26;
/// Deflate codes at best 258 bytes in two bits (zlib's technical notes, "Maximum compression factor").
constexpr std::uintmax_t best_compression = 1032;

/// A PNG file being read. libpng tells errors by a long jump out of its own functions: what runs between setjmp and
/// the jump owns nothing and throws nothing.
class PngFile {
 public:
  explicit PngFile(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "rb")) {
    if (!file_) throw BadData(fmt::format("{}: {}", path, std::strerror(errno)));
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, fail, [](png_structp, png_const_charp) {});
    if (png_) info_ = png_create_info_struct(png_);
    if (!info_) {
      close();
      throw std::bad_alloc();
    }
    if (!try_header()) refuse(fmt::format("is no PNG image: {}", reason_.data()));
    const auto [rows, columns] = size();
    if (rows * columns > most_pixels)
      refuse(fmt::format("has {} x {} pixels; at most {} are read", rows, columns, most_pixels));
    // Asked before room is made for them.
    const Index bytes = rows * columns * png_get_bit_depth(png_, info_) * png_get_channels(png_, info_) / 8;
    std::error_code unknown;
    if (const auto compressed = std::filesystem::file_size(path, unknown);
        !unknown && static_cast<std::uintmax_t>(bytes) / best_compression > compressed)
      refuse(fmt::format("claims {} x {} pixels, {} bytes, which its {} bytes cannot hold", rows, columns, bytes,
                         compressed));
  }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;
  ~PngFile() { close(); }

  ImageSize size() const {
    return {static_cast<Index>(png_get_image_height(png_, info_)),
            static_cast<Index>(png_get_image_width(png_, info_))};
  }

  Tensor grey() {
    if (!try_prepare()) throw_damaged();
    const auto [rows, columns] = size();
    const auto stride = static_cast<std::size_t>(png_get_rowbytes(png_, info_));
    const Index channels = png_get_channels(png_, info_);
    const bool wide = png_get_bit_depth(png_, info_) == 16;
    std::vector<png_byte> bytes(stride * static_cast<std::size_t>(rows));
    std::vector<png_bytep> lines;
    for (Index i = 0; i < rows; ++i) lines.push_back(bytes.data() + stride * static_cast<std::size_t>(i));
    if (!try_image(lines.data())) throw_damaged();
    const auto sample = [&](Index row, Index place) -> float {
      const png_byte* line = lines[static_cast<std::size_t>(row)];
      // Of two bytes the higher one stands first.
      return wide ? static_cast<float>(256 * line[2 * place] + line[2 * place + 1]) / 65535
                  : static_cast<float>(line[place]) / 255;
    };
    Tensor image = Tensor::matrix(rows, columns);
    for (Index i = 0; i < rows; ++i)
      for (Index j = 0; j < columns; ++j)
        image.view()(i, j) =
            channels == 1 ? sample(i, j)
                          : 0.299F * sample(i, 3 * j) + 0.587F * sample(i, 3 * j + 1) + 0.114F * sample(i, 3 * j + 2);
    return image;
  }

 private:
  static void fail(png_structp png, png_const_charp message) {
    auto& self = *static_cast<PngFile*>(png_get_error_ptr(png));
    std::strncpy(self.reason_.data(), message, self.reason_.size() - 1);
    png_longjmp(png, 1);
  }
  bool try_header() {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_init_io(png_, file_);
    png_read_info(png_, info_);
    return true;
  }
  /// What comes out is grey or RGB, 8 or 16 bits a sample.
  bool try_prepare() {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_expand(png_);
    png_set_strip_alpha(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }
  bool try_image(png_bytepp lines) {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_read_image(png_, lines);
    png_read_end(png_, nullptr);
    return true;
  }
  [[noreturn]] void throw_damaged() const {
    throw BadData(fmt::format("{} is damaged or cut short: {}", path_, reason_.data()));
  }
  /// From within the constructor, whose object is never destroyed then.
  [[noreturn]] void refuse(const std::string& why) {
    close();
    throw BadData(fmt::format("{} {}", path_, why));
  }
  void close() {
    png_destroy_read_struct(&png_, &info_, nullptr);
    std::fclose(file_);
  }

  std::string path_;
  std::FILE* file_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  std::array<char, 200> reason_{};
};

}  // namespace

ImageSize read_png_size(const std::string& path) { return PngFile(path).size(); }

Tensor read_png(const std::string& path) { return PngFile(path).grey(); }

}  // namespace harmonium
