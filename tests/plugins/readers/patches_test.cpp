#include "patches/patches.hpp"

#include <gtest/gtest.h>
#include <png.h>

#include <cmath>
#include <map>

#include "fake_kernel.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// Writes a PNG of any kind; `samples` are those of every row, two bytes each, the higher first, where bits are 16.
std::string write_png(const TemporaryFolder& folder, const std::string& name, Index rows, Index columns, int bits,
                      int colours, const std::vector<png_byte>& samples, bool interlaced = false) {
  const std::string path = (folder.path() / name).string();
  std::FILE* file = std::fopen(path.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, file);
  png_set_IHDR(png, info, static_cast<png_uint_32>(columns), static_cast<png_uint_32>(rows), bits, colours,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const std::size_t stride = samples.size() / static_cast<std::size_t>(rows);
  std::vector<png_bytep> lines;
  for (Index i = 0; i < rows; ++i)
    lines.push_back(const_cast<png_bytep>(samples.data()) + stride * static_cast<std::size_t>(i));
  png_write_image(png, lines.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(file);
  return path;
}

/// 8-bit grey pixels that count up.
std::vector<png_byte> counting(Index rows, Index columns) {
  std::vector<png_byte> samples;
  for (Index i = 0; i < rows * columns; ++i) samples.push_back(static_cast<png_byte>(i));
  return samples;
}

Settings cut(std::vector<std::string> paths, std::int64_t rows, std::int64_t columns) {
  std::vector<Setting> files(paths.begin(), paths.end());
  return {{"paths", Setting(files)}, {"size", list({rows, columns})}};
}

Settings with(Settings settings, const std::string& name, Setting value) {
  settings.emplace_back(name, std::move(value));
  return settings;
}

Tensor patches(const Settings& settings) {
  FakeContext context;
  const auto node = make_node<Patches>(settings);
  const std::unique_ptr<Work> work(node->start(FakeInputs(), context));
  Outputs out;
  work->finish(FakeInputs(), out);
  return all_rows(get<Dataset>(out, "data"), "features");
}

std::vector<float> values(const Tensor& tensor) { return {tensor.data<float>(), tensor.data<float>() + tensor.size()}; }

}  // namespace

TEST(ImagePatches, TileAnImageOrOverlapByTheStride) {
  const TemporaryFolder folder;
  const std::string path = write_png(folder, "grey.png", 4, 5, 8, PNG_COLOR_TYPE_GRAY, counting(4, 5));
  const Tensor tiles = patches(cut({path}, 2, 2));
  ASSERT_EQ(tiles.rows(), 4);
  for (const auto& [row, first] : std::map<Index, float>{{0, 0}, {1, 2}, {2, 10}, {3, 12}}) {
    const float expected[] = {first, first + 1, first + 5, first + 6};
    for (Index j = 0; j < 4; ++j) EXPECT_FLOAT_EQ(tiles.view()(row, j), expected[j] / 255);
  }
  const Settings overlapping = with(cut({path, path}, 2, 2), "stride", list({std::int64_t{1}, std::int64_t{3}}));
  const Tensor found = patches(overlapping);
  EXPECT_EQ(found.rows(), 2 * 3 * 2);
  EXPECT_FLOAT_EQ(found.view()(1, 0), 3.0F / 255);
  EXPECT_FLOAT_EQ(found.view()(2, 0), 5.0F / 255);
  EXPECT_EQ(values(found)[0], found.view()(6, 0)) << "the second image begins again";
  const DataSpec spec = specs_of<Patches>(overlapping).get<Dataset>("data");
  EXPECT_EQ(spec.rows, 12);
  EXPECT_EQ(spec.parts[0].shape, (Tensor::Shape{2, 2}));
}

TEST(ImagePatches, LeaveNoRemainderWhereImagesMustBeCutWhole) {
  const TemporaryFolder folder;
  const std::string path = write_png(folder, "grey.png", 4, 5, 8, PNG_COLOR_TYPE_GRAY, counting(4, 5));
  EXPECT_EQ(patches(with(cut({path}, 2, 5), "whole", true)).rows(), 2);
  const auto problem = [](const Settings& settings) {
    const Specs out = specs_of<Patches>(settings);
    return out.problems().empty() ? std::string() : out.problems()[0].where + ": " + out.problems()[0].message;
  };
  EXPECT_EQ(
      problem(with(cut({path}, 2, 2), "whole", true)),
      "with.paths.1: " + path + " has 4 x 5 pixels, which cannot be cut into patches of 2 x 2 without a remainder");
  EXPECT_EQ(problem(with(with(cut({path}, 2, 5), "whole", true), "count", std::int64_t{3})),
            "with.whole: only patches that lie side by side leave no remainder");
}

TEST(ImagePatches, ReadEveryKindOfPixel) {
  const TemporaryFolder folder;
  const auto image = [&](int bits, int colours, const std::vector<png_byte>& samples, bool interlaced = false) {
    return values(patches(cut({write_png(folder, "a.png", 2, 2, bits, colours, samples, interlaced)}, 2, 2)));
  };
  EXPECT_EQ(image(8, PNG_COLOR_TYPE_GRAY, {0, 51, 102, 255}), (std::vector<float>{0, 51.0F / 255, 102.0F / 255, 1}));
  EXPECT_EQ(image(8, PNG_COLOR_TYPE_GRAY, {0, 51, 102, 255}, true),
            (std::vector<float>{0, 51.0F / 255, 102.0F / 255, 1}));
  EXPECT_EQ(image(16, PNG_COLOR_TYPE_GRAY, {0, 0, 1, 2, 255, 255, 128, 0}),
            (std::vector<float>{0, 258.0F / 65535, 1, 32768.0F / 65535}));
  // One bit a pixel, the highest first.
  EXPECT_EQ(image(1, PNG_COLOR_TYPE_GRAY, {0x80, 0x40}), (std::vector<float>{1, 0, 0, 1}));
  const std::vector<float> luma = {0.299F, 0.587F, 0.114F, 1};
  const auto colours = image(8, PNG_COLOR_TYPE_RGB, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255});
  const auto seen_through =
      image(8, PNG_COLOR_TYPE_RGB_ALPHA, {255, 0, 0, 9, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255, 255, 128});
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_FLOAT_EQ(colours[i], luma[i]);
    EXPECT_FLOAT_EQ(seen_through[i], luma[i]);
  }
}

TEST(ImagePatches, ComeFromRandomPlacesAllAsLikely) {
  const TemporaryFolder folder;
  const std::string path = write_png(folder, "grey.png", 4, 5, 8, PNG_COLOR_TYPE_GRAY, counting(4, 5));
  constexpr std::int64_t count = 12000;
  const Settings settings = with(cut({path}, 2, 2), "count", count);
  const Tensor found = patches(settings);
  std::map<int, int> seen;
  for (Index i = 0; i < found.rows(); ++i) {
    ++seen[static_cast<int>(std::lround(255 * found.view()(i, 0)))];
    EXPECT_NEAR(255 * (found.view()(i, 3) - found.view()(i, 0)), 6, 1e-4);
  }
  ASSERT_EQ(seen.size(), 12U);
  // 1,000 of each are expected, with a deviation of sqrt(1000 (1 - 1/12)) = 30.
  for (const auto& [first, times] : seen) EXPECT_NEAR(times, 1000, 5 * 30) << first;
  EXPECT_EQ(values(found), values(patches(settings))) << "the same seed gives the same places";
}

TEST(ImagePatches, SayBeforeAnyWorkWhatCannotBeCut) {
  const TemporaryFolder folder;
  const std::string path = write_png(folder, "grey.png", 4, 5, 8, PNG_COLOR_TYPE_GRAY, counting(4, 5));
  const auto problem = [](const Settings& settings) {
    const Specs out = specs_of<Patches>(settings);
    return out.problems().empty() ? std::string() : out.problems()[0].where + ": " + out.problems()[0].message;
  };
  EXPECT_EQ(problem(cut({path}, 6, 2)), "with.paths.1: " + path + " has 4 x 5 pixels, too few for a patch of 6 x 2");
  EXPECT_EQ(problem({{"paths", list({path})}, {"size", list({std::int64_t{3}})}}),
            "with.size: two numbers are needed, [rows, columns], not 1");
  EXPECT_EQ(problem(with(with(cut({path}, 2, 2), "count", std::int64_t{3}), "stride",
                         list({std::int64_t{1}, std::int64_t{1}}))),
            "with.stride: random places have no stride: count must be 0");
  EXPECT_EQ(problem(cut({}, 2, 2)), "with.paths: at least one image is needed");
  const std::string text = folder.write("text.png", "no image at all");
  EXPECT_EQ(message_of([&] { specs_of<Patches>(cut({text}, 2, 2)); }), text + " is no PNG image: Not a PNG file");
  // 41 bytes that claim 512 MiB.
  const std::string header("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0 \0\0\0 \0\x10\6\0\0\0\x22\x3a\x16\x1a\0\0\0\0IDAT", 41);
  const std::string lying = folder.write("lying.png", header);
  EXPECT_EQ(message_of([&] { specs_of<Patches>(cut({lying}, 2, 2)); }),
            lying + " claims 8192 x 8192 pixels, 536870912 bytes, which its 41 bytes cannot hold");
  const std::string none = (folder.path() / "none.png").string();
  EXPECT_EQ(message_of([&] { specs_of<Patches>(cut({none}, 2, 2)); }), none + ": No such file or directory");
}

TEST(ImagePatches, NameTheFileThatIsDamaged) {
  const TemporaryFolder folder;
  std::vector<png_byte> noise;
  for (std::uint32_t i = 0, x = 1; i < 64 * 64; ++i)
    noise.push_back(static_cast<png_byte>((x = x * 1664525 + 1013904223) >> 24));
  const std::string path = write_png(folder, "grey.png", 64, 64, 8, PNG_COLOR_TYPE_GRAY, noise);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  EXPECT_NE(message_of([&] { patches(cut({path}, 2, 2)); }).find(path + " is damaged or cut short: "),
            std::string::npos);
}
