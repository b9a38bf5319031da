#include "export_png.hpp"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>

#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"

namespace harmonium {
namespace {

/// As many as reader.patches reads.
constexpr Index most_pixels = Index{1} << 26;

/// The part that is pictured: the one of that name, or else the first that is an image; null where there is none.
const PartSpec* pictured(const DataSpec& data, const std::string& part) {
  if (!part.empty()) return data.find(part);
  const auto found =
      std::find_if(data.parts.begin(), data.parts.end(), [](const PartSpec& each) { return each.shape.size() >= 2; });
  return found == data.parts.end() ? nullptr : &*found;
}

/// A picture has no holes, which would be read as rows: the number of images that stand beside each other divides their
/// number.
Index images_across(Index images) {
  Index down = static_cast<Index>(std::sqrt(static_cast<double>(images)));
  while (images % down != 0) --down;
  return images / down;
}

/// 8 bits a pixel.
Tensor png_of(const std::vector<std::uint8_t>& pixels, Index rows, Index columns) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(columns);
  image.height = static_cast<png_uint_32>(rows);
  image.format = PNG_FORMAT_GRAY;
  png_alloc_size_t size = 0;
  const auto write = [&](void* to) {
    if (png_image_write_to_memory(&image, to, &size, 0, pixels.data(), 0, nullptr) == 0)
      throw RunFailed(fmt::format("the picture cannot be written: {}", image.message));
  };
  write(nullptr);
  Tensor bytes = Tensor::of<std::uint8_t>({static_cast<Index>(size)});
  write(bytes.raw());
  return bytes;
}

}  // namespace

void ExportPng::describe(NodeType<ExportPng>& type) {
  type.says(
          "Rows as one grey PNG picture, which reader.patches cuts into the same rows again: images side by side and "
          "row by row, without frames or blanks, of 8 bits a pixel. Pictures to look at, with a title and a scale, are "
          "drawn by figure.rows.")
      .input<Dataset>("data", "The rows.")
      .output<File>("file", "NODE.png");
  type.parameter("part", &ExportPng::part).says("The part that is pictured; unless given, the first that is an image.");
  type.parameter("range", &ExportPng::range)
      .says("The values that become black (0) and white (255); values beyond them are refused.");
}

void ExportPng::outputs(const Specs& inputs, Specs& outputs) const {
  const DataSpec& data = inputs.get<Dataset>("data");
  const PartSpec* found = pictured(data, part);
  if (!found)
    outputs.problem("in.data", part.empty() ? "the data have no part that is an image of rows and columns"
                                            : fmt::format("the data have no part '{}'", part));
  else if (found->shape.size() != 2 && !(found->shape.size() == 3 && found->shape[0] == 1))
    outputs.problem("in.data", fmt::format("the part '{}' is no grey image: its shape is [{}]", found->name,
                                           fmt::join(found->shape, ", ")));
  if (range.size() != 2 || !(range[0] < range[1]))
    outputs.problem("with.range", "two numbers are needed, [low, high], the first below the second");
}

Outputs ExportPng::run(const Inputs& inputs, Context&) const {
  const auto& data = inputs.get<Dataset>("data");
  if (data.rows() == 0) throw BadData("there are no rows");
  const PartSpec& shown = *pictured(data.spec(), part);
  const Index height = shown.shape[shown.shape.size() - 2], width = shown.shape.back();
  if (data.rows() > most_pixels / (height * width))
    throw BadData(fmt::format("{} images of {} x {} make more than the {} pixels of a picture that can be read again",
                              data.rows(), height, width, most_pixels));
  const Index across = images_across(data.rows()), columns = across * width, rows = data.rows() / across * height;
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(rows * columns));
  Tensor row = Tensor::matrix(1, shown.width);
  for (Index i = 0; i < data.rows(); ++i) {
    data.read(data.part(shown.name), i, 1, row.view());
    for (Index j = 0; j < shown.width; ++j) {
      const auto value = static_cast<double>(row.view()(0, j));
      if (!(value >= range[0] && value <= range[1]))
        throw BadData(fmt::format("row {}, column {} is {}, which does not lie in [{}, {}]", i + 1, j + 1, value,
                                  range[0], range[1]));
      const Index y = i / across * height + j / width, x = i % across * width + j % width;
      pixels[static_cast<std::size_t>(y * columns + x)] =
          static_cast<std::uint8_t>(std::lround(255 * (value - range[0]) / (range[1] - range[0])));
    }
  }
  Outputs outputs;
  outputs.set("file", File{"png", png_of(pixels, rows, columns)});
  return outputs;
}

}  // namespace harmonium
