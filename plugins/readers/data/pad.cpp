#include "pad.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "fitting.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"

namespace harmonium {
namespace {

/// An image within a larger one.
struct Frame {
  Index channels = 1, rows = 0, columns = 0;  ///< of the image within
  Index top = 0, right = 0, bottom = 0, left = 0;
  Index across() const { return left + columns + right; }
  Index pixels() const { return (top + rows + bottom) * across(); }
};

class Padded final : public RowSource {
 public:
  Padded(Dataset images, Index part, Frame frame, float value)
      : images_(std::move(images)), part_(part), frame_(frame), value_(value) {}

  void read(Index part, Span<const Index> rows, std::uint64_t pass, View<float> out) const override {
    if (part != part_) {
      images_.source()->read(part, rows, pass, out);
      return;
    }
    constexpr Index some = 64;
    const Index size = frame_.channels * frame_.rows * frame_.columns;
    std::vector<float> memory(static_cast<std::size_t>(std::min(some, rows.size) * size));
    for (Index first = 0; first < rows.size; first += some) {
      const Index count = std::min(some, rows.size - first);
      const View<float> within(memory.data(), count, size);
      images_.source()->read(part, rows.part(first, count), pass, within);
      for (Index i = 0; i < count; ++i) {
        std::fill_n(out.row(first + i).data, out.columns, value_);
        for (Index c = 0; c < frame_.channels; ++c)
          for (Index row = 0; row < frame_.rows; ++row)
            std::copy_n(
                within.row(i).data + (c * frame_.rows + row) * frame_.columns, frame_.columns,
                out.row(first + i).data + c * frame_.pixels() + (frame_.top + row) * frame_.across() + frame_.left);
      }
    }
  }

  void fetch_ahead(Index part, Span<const Index> rows) const override { images_.fetch_ahead(part, rows); }

 private:
  Dataset images_;
  Index part_;
  Frame frame_;
  float value_;
};

}  // namespace

void Pad::describe(NodeType<Pad>& type) {
  type.says(
          "Puts a frame of one value around images. Kernels of a convolution then see their borders as often as their "
          "middle; a wider frame on one side than on the other moves the images.")
      .view();
  type.input<Dataset>("data", "The images.");
  type.parameter("border", &Pad::border)
      .required()
      .example("[2]")
      .at_least(0)
      .at_most(4096)
      .unit("pixels")
      .says("The width of the frame: [all sides], or [top, right, bottom, left].");
  type.parameter("value", &Pad::value).says("The value of its pixels.");
  type.parameter("part", &Pad::part).says("The part that holds the images; others pass unchanged.");
  type.output<Dataset>("data", "The same rows, their images larger.");
}

DataSpec Pad::padded(const DataSpec& data) const {
  DataSpec spec = data;
  for (PartSpec& images : spec.parts) {
    const std::size_t last = images.shape.size() - 1;
    if (images.name != part || images.shape.size() < 2 || (border.size() != 1 && border.size() != 4)) continue;
    images.shape[last - 1] += border[0] + border[border.size() == 4 ? 2 : 0];
    images.shape[last] += border[border.size() == 4 ? 1 : 0] + border[border.size() == 4 ? 3 : 0];
    images.width = (last == 2 ? images.shape[0] : 1) * images.shape[last - 1] * images.shape[last];
  }
  return spec;
}

void Pad::outputs(const Specs& in, Specs& out) const {
  const DataSpec& data = in.get<Dataset>("data");
  Specs unchanged;
  pass_spec(in, part, unchanged);
  for (const Specs::Problem& problem : unchanged.problems()) out.problem(problem.where, problem.message);
  if (const PartSpec* images = data.find(part); images && images->shape.size() < 2)
    out.problem("with.part",
                fmt::format("'{}' has no shape [rows, columns], so there is nothing to put a frame around", part));
  if (border.size() != 1 && border.size() != 4)
    out.problem("with.border",
                fmt::format("a frame is [all sides] or [top, right, bottom, left], got {} numbers", border.size()));
  out.set<Dataset>("data", padded(data));
}

Outputs Pad::run(const Inputs& in, Context&) const {
  const Dataset& data = in.get<Dataset>("data");
  const Tensor::Shape& shape = data.spec().part(part).shape;
  const auto side = [&](std::size_t i) { return border[border.size() == 4 ? i : 0]; };
  const Frame frame{
      shape.size() == 3 ? shape[0] : 1, shape[shape.size() - 2], shape.back(), side(0), side(1), side(2), side(3)};
  Outputs out;
  out.set("data", Dataset(padded(data.spec()),
                          std::make_shared<Padded>(data, data.part(part), frame, static_cast<float>(value))));
  return out;
}

}  // namespace harmonium
