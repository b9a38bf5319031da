#include "patches.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"
#include "png_image.hpp"

namespace harmonium {
namespace {

constexpr Index most_rows = 100'000'000;

/// Where a patch begins.
struct Place {
  Index image = 0, row = 0, column = 0;
};

/// Patches are copied out of the images as they are read: overlapping ones take no memory of their own.
class PatchRows final : public RowSource {
 public:
  PatchRows(std::vector<Tensor> images, std::vector<Place> places, Index rows, Index columns)
      : images_(std::move(images)), places_(std::move(places)), rows_(rows), columns_(columns) {}

  void read(Index, Span<const Index> rows, std::uint64_t, View<float> out) const override {
    for (Index i = 0; i < rows.size; ++i) {
      const Place& place = places_[static_cast<std::size_t>(rows[i])];
      const View<const float> image = images_[static_cast<std::size_t>(place.image)].view();
      for (Index k = 0; k < rows_; ++k)
        std::copy_n(image.row(place.row + k).data + place.column, columns_, out.row(i).data + k * columns_);
    }
  }

 private:
  std::vector<Tensor> images_;
  std::vector<Place> places_;
  Index rows_, columns_;
};

/// The grid of places that patches of a size have in an image.
struct Grid {
  Index down = 0, across = 0;
  Index places() const { return down * across; }
};

Grid grid_of(const ImageSize& image, const std::vector<Index>& size, const std::vector<Index>& stride) {
  return {(image.rows - size[0]) / stride[0] + 1, (image.columns - size[1]) / stride[1] + 1};
}

DataSpec spec_of(Index rows, const std::vector<Index>& size) {
  return {rows, {{"features", size[0] * size[1], size, PartSpec::Kind::real, {}}}};
}

/// Between neighbouring places.
std::vector<Index> steps(const Patches& node) {
  if (node.count > 0) return {1, 1};
  return node.stride.empty() ? node.size : node.stride;
}

}  // namespace

void Patches::describe(NodeType<Patches>& type) {
  type.says("Patches of images: small rectangles from random places, or from all places of a grid.")
      .random()
      .view()
      .output<Dataset>("data", "The patches, as part 'features': grey values from 0 to 1.");
  type.parameter("paths", &Patches::paths)
      .required()
      .example("[photograph.png]")
      .says("PNG images, grey or coloured, of up to 16 bits; colours become grey.");
  type.parameter("size", &Patches::size)
      .at_least(1)
      .at_most(10'000)
      .unit("pixels")
      .says("Of a patch: [rows, columns].");
  type.parameter("count", &Patches::count)
      .at_least(0)
      .at_most(static_cast<double>(most_rows))
      .unit("patches")
      .says("How many from random places, where every place of every image is as likely; 0: all of a grid.");
  type.parameter("stride", &Patches::stride)
      .at_least(1)
      .unit("pixels")
      .says("Of a grid: from one patch to the next, [down, across]; unless given, patches lie side by side.");
  type.parameter("whole", &Patches::whole)
      .says("Whether images must be cut without a remainder at their right and lower edges; only side by side.");
}

void Patches::outputs(const Specs&, Specs& out) const {
  const auto pair = [&](const char* where, const std::vector<Index>& values) {
    if (values.size() != 2)
      out.problem(where, fmt::format("two numbers are needed, [rows, columns], not {}", values.size()));
    return values.size() == 2;
  };
  if (!pair("with.size", size) || (!stride.empty() && !pair("with.stride", stride))) return;
  if (count > 0 && !stride.empty()) out.problem("with.stride", "random places have no stride: count must be 0");
  if (whole && (count > 0 || !stride.empty()))
    out.problem("with.whole", "only patches that lie side by side leave no remainder");
  if (paths.empty()) out.problem("with.paths", "at least one image is needed");
  Index rows = 0;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const ImageSize image = read_png_size(paths[i].path);
    if (whole && (image.rows % size[0] != 0 || image.columns % size[1] != 0))
      out.problem(fmt::format("with.paths.{}", i + 1),
                  fmt::format("{} has {} x {} pixels, which cannot be cut into patches of {} x {} without a remainder",
                              paths[i].path, image.rows, image.columns, size[0], size[1]));
    else if (image.rows < size[0] || image.columns < size[1])
      out.problem(fmt::format("with.paths.{}", i + 1),
                  fmt::format("{} has {} x {} pixels, too few for a patch of {} x {}", paths[i].path, image.rows,
                              image.columns, size[0], size[1]));
    else
      rows += grid_of(image, size, steps(*this)).places();
  }
  if (count == 0 && rows > most_rows)
    out.problem("with.stride", fmt::format("the grid has {} places; at most {} patches are taken", rows, most_rows));
  out.set<Dataset>("data", spec_of(count > 0 ? count : rows, size));
}

Outputs Patches::run(const Inputs&, Context& context) const {
  const std::vector<Index> step = steps(*this);
  std::vector<Tensor> images;
  std::vector<Grid> grids;
  Index total = 0;
  for (const FilePath& file : paths) {
    images.push_back(read_png(file.path));
    grids.push_back(grid_of({images.back().rows(), images.back().columns()}, size, step));
    total += grids.back().places();
  }
  const auto place_of = [&](Index number) {
    Index image = 0;
    while (number >= grids[static_cast<std::size_t>(image)].places())
      number -= grids[static_cast<std::size_t>(image++)].places();
    const Index across = grids[static_cast<std::size_t>(image)].across;
    return Place{image, number / across * step[0], number % across * step[1]};
  };
  const Index rows = count > 0 ? count : total;
  const Stream stream = context.stream("places");
  std::vector<Place> places;
  places.reserve(static_cast<std::size_t>(rows));
  for (Index i = 0; i < rows; ++i)
    places.push_back(place_of(count > 0
                                  ? static_cast<Index>(uniform_integer(stream.rows_from(static_cast<std::uint64_t>(i)),
                                                                       static_cast<std::uint64_t>(total)))
                                  : i));
  Outputs out;
  out.set("data", Dataset(spec_of(rows, size),
                          std::make_shared<const PatchRows>(std::move(images), std::move(places), size[0], size[1])));
  return out;
}

}  // namespace harmonium
