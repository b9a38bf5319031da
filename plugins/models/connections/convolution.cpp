#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "harmonium/connection.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"

namespace harmonium {
namespace {

/// Memory of this thread for `size` values; each `use` has its own. It grows and is never given back.
template <class T, int use>
T* memory(Index size) {
  thread_local std::vector<T> values;
  if (static_cast<Index>(values.size()) < size) values.resize(static_cast<std::size_t>(size));
  return values.data();
}

/// Where everything lies. A position is a place of the kernel in the image, counted row by row; a patch is what the
/// kernel sees there, `patch` = channels x kernel rows x kernel columns values. The units of a map are its positions in
/// the order of their pools: all of one pool x pool block, row by row, then those of the block to its right.
struct Geometry {
  Index channels = 1, rows = 0, columns = 0;  ///< of the image
  Index kernel_rows = 0, kernel_columns = 0;
  Index map_rows = 0, map_columns = 0;
  Index pool = 1;

  Index pixels() const { return rows * columns; }
  Index positions() const { return map_rows * map_columns; }
  Index window() const { return kernel_rows * kernel_columns; }

  /// Calls body(unit within the map, position) for every unit in order.
  template <class Body>
  void each_unit(Body body) const {
    if (pool == 1) {
      for (Index unit = 0; unit < positions(); ++unit) body(unit, unit);
      return;
    }
    if (pool == 2)
      each_unit_of(std::integral_constant<Index, 2>(), body);
    else
      each_unit_of(pool, body);
  }

  /// Some samples' patches side by side: `patches` is (values of a patch) x (samples, positions). Channels from
  /// `first` on, as many as the rows of `patches` are for.
  template <class T>
  void cut(View<const T> images, Index first, View<T> patches) const {
    each_run(images.rows, first, patches, [&](Index sample, Index pixel, T* run) {
      std::copy_n(images.row(sample).data + pixel, map_columns, run);
    });
  }
  /// The transposed of cut(): adds every value of the patches to the pixel that it is seen at.
  template <class T>
  void paste(View<T> patches, Index first, Index first_pixel, View<T> images) const {
    each_run(images.rows, first, patches, [&](Index sample, Index pixel, const T* run) {
      T* __restrict to = images.row(sample).data + pixel - first_pixel;
      for (Index i = 0; i < map_columns; ++i) to[i] += run[i];
    });
  }

 private:
  /// By pools of a size that, where it is a constant, the compiler can use.
  template <class Size, class Body>
  void each_unit_of(Size size, Body body) const {
    Index unit = 0;
    for (Index top = 0; top < map_rows; top += size)
      for (Index left = 0; left < map_columns; left += size)
        for (Index row = top; row < top + size; ++row)
          for (Index column = left; column < left + size; ++column) body(unit++, row * map_columns + column);
  }
  /// One row of positions sees a run of pixels that lie together.
  template <class T, class Body>
  void each_run(Index samples, Index first, View<T> patches, Body body) const {
    for (Index p = 0; p < patches.rows; ++p) {
      const Index channel = first + p / window(), down = p / kernel_columns % kernel_rows, right = p % kernel_columns;
      const Index pixel = channel * pixels() + down * columns + right;
      T* run = patches.row(p).data;
      for (Index sample = 0; sample < samples; ++sample)
        for (Index row = 0; row < map_rows; ++row, run += map_columns) body(sample, pixel + row * columns, run);
    }
  }
};

/// What of a row of units a view of some of them touches: whole groups (maps, or channels) of `size` units.
struct Touched {
  Index first = 0, count = 0;
  bool whole = false;
  Touched(Index first_unit, Index units, Index size)
      : first(first_unit / size),
        count((first_unit + units + size - 1) / size - first_unit / size),
        whole(first_unit % size == 0 && units % size == 0) {}
};

/// Small maps are taken several samples at once: a product of a few thousand operations is mostly calling.
Index samples_at_once(const Geometry& at) { return std::max<Index>(1, 256 / at.positions()); }

/// Calls body(first row, rows) on the team for all rows, each time for as many as are taken at once.
template <class Body>
void by_samples(Index rows, Index at_once, Body body) {
  const Index block = at_once * std::max<Index>(1, 4 / at_once);
  parallel((rows + block - 1) / block, [&](Index number) {
    const Index end = std::min(rows, (number + 1) * block);
    for (Index row = number * block; row < end; row += at_once) body(row, std::min(at_once, end - row));
  });
}

/// Kernels that look everywhere in an image with the same weights, where they lie within it as a whole:
///   B(v, h; W) = sum over maps m, positions (i, j), channels c and places (r, s) of the kernel of
///                h^m_ij W_crs,m v_c,i+r,j+s.
/// W is (channels x kernel rows x kernel columns) x maps. Lee, Grosse, Ranganath, Ng 2009, section 3.1 (whose kernels
/// are written upside down); Norouzi, Ranjbar, Mori 2009. As products of patches (Chellapilla, Puri, Simard 2006).
class Convolution final : public Connection {
 public:
  std::vector<Index> kernel;
  Index pool = 1;

  static void describe(ValueType<Convolution>& type) {
    type.says(
            "Kernels that look everywhere in an image with the same weights. The first layer is the image, [rows, "
            "columns] or [channels, rows, columns]; the second are the maps, [maps, rows - kernel rows + 1, columns - "
            "kernel columns + 1]; with pools [maps, rows of pools, columns of pools x units of a pool], the units of a "
            "pool beside each other, as units.at_most_one takes them.")
        .cites("Lee, Grosse, Ranganath, Ng 2009; Norouzi, Ranjbar, Mori 2009");
    type.parameter("kernel", &Convolution::kernel)
        .required()
        .example("[5, 5]")
        .at_least(1)
        .at_most(4096)
        .unit("pixels")
        .says("The size of the kernels, [rows, columns].");
    type.parameter("pool", &Convolution::pool)
        .at_least(1)
        .at_most(4096)
        .unit("units")
        .says("Units of a map are ordered by square pools of so many rows and columns; 1: row by row.");
  }

  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (ends.within)
      throw BadPipeline("connection.convolution joins two layers; the units of one are joined by connection.lateral");
    if (kernel.size() != 2)
      throw BadPipeline(fmt::format("a kernel is [rows, columns], got {} numbers", kernel.size()));
    if (ends.a_shape.size != 2 && ends.a_shape.size != 3)
      throw BadPipeline(
          "connection.convolution begins at an image: its first layer needs a shape, [rows, columns] or [channels, "
          "rows, columns]");
    const Geometry at = geometry(ends);
    if (at.map_rows < 1 || at.map_columns < 1)
      throw BadPipeline(fmt::format("a kernel of {} x {} does not fit into an image of {} x {}", at.kernel_rows,
                                    at.kernel_columns, at.rows, at.columns));
    if (at.map_rows % pool != 0 || at.map_columns % pool != 0)
      throw BadPipeline(fmt::format(
          "maps of {} x {} positions cannot be cut into pools of {} x {}; kernels of {} rows and {} columns would do",
          at.map_rows, at.map_columns, pool, pool, sizes_that_would_do(at.rows, at.kernel_rows),
          sizes_that_would_do(at.columns, at.kernel_columns)));
    const Index maps = ends.b_size / at.positions();
    const Index expected[] = {std::max<Index>(1, maps), at.map_rows / pool, at.map_columns * pool};
    const bool one_map = ends.b_shape.size == 2;
    if (!(one_map || ends.b_shape.size == 3) ||
        !std::equal(ends.b_shape.begin(), ends.b_shape.end(), expected + (one_map ? 1 : 0)))
      throw BadPipeline(fmt::format("the second layer of this convolution has the shape [maps, {}, {}], got [{}]",
                                    expected[1], expected[2], fmt::join(ends.b_shape, ", ")));
    if (pool > 1 && ends.b_block != 1 && ends.b_block != pool * pool)
      throw BadPipeline(fmt::format("a pool has {} units, but blocks of {} are drawn together in the second layer",
                                    pool * pool, ends.b_block));
    rows = at.channels * at.window();
    columns = maps;
  }

  void to_b(const Ends& ends, View<const float> weights, View<const float> a, Index first, View<float> out, float scale,
            bool add) const override {
    up(ends, weights, a, first, out, scale, add);
  }
  void to_b(const Ends& ends, View<const double> weights, View<const double> a, Index first, View<double> out,
            double scale, bool add) const override {
    up(ends, weights, a, first, out, scale, add);
  }
  void to_a(const Ends& ends, View<const float> weights, View<const float> b, Index first, View<float> out, float scale,
            bool add) const override {
    down(ends, weights, b, first, out, scale, add);
  }
  void to_a(const Ends& ends, View<const double> weights, View<const double> b, Index first, View<double> out,
            double scale, bool add) const override {
    down(ends, weights, b, first, out, scale, add);
  }

  void correlate(const Ends& ends, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver receive) const override {
    const Geometry at = geometry(ends);
    const Index at_once = samples_at_once(at), size = gradient.size(), maps = gradient.columns;
    // Sums over some rows each, in a number that depends on the rows alone, added up in order afterwards.
    const Index shares = std::clamp<Index>(a.rows / (4 * at_once), 1, 16);
    float* sums = memory<float, 0>(shares * size);
    parallel(shares, [&](Index share) {
      const View<float> sum(sums + share * size, gradient.rows, maps);
      const Index begin = a.rows * share / shares, end = a.rows * (share + 1) / shares;
      if (begin == end) std::fill_n(sum.data, size, 0.0F);
      for (Index row = begin; row < end; row += at_once) {
        const Index samples = std::min(at_once, end - row), width = samples * at.positions();
        const View<float> patches(memory<float, 1>(gradient.rows * width), gradient.rows, width);
        at.cut(a.row_range(row, samples), 0, patches);
        product(Transpose::no, patches, Transpose::yes, maps_of(at, b.row_range(row, samples), maps), sum, 1.0F,
                row > begin ? 1.0F : 0.0F);
      }
    });
    constexpr Index panel = 64;
    parallel((gradient.rows + panel - 1) / panel, [&](Index number) {
      const Index first = number * panel, count = std::min(panel, gradient.rows - first);
      const View<float> some = gradient.row_range(first, count);
      for (Index i = 0; i < count; ++i) {
        float* __restrict to = some.row(i).data;
        const float* from = sums + (first + i) * maps;
        for (Index m = 0; m < maps; ++m) to[m] = scale * from[m];
        for (Index share = 1; share < shares; ++share) {
          from += size;
          for (Index m = 0; m < maps; ++m) to[m] += scale * from[m];
        }
      }
      receive.call(receive.closure, some, first, 0);
    });
  }

  /// At every position once: Lee, Grosse, Ranganath, Ng 2009 average the gradient over them.
  double uses(const Ends& ends) const override { return static_cast<double>(geometry(ends).positions()); }

 private:
  Geometry geometry(const Ends& ends) const {
    Geometry at;
    const Index* shape = ends.a_shape.data;
    if (ends.a_shape.size == 3) at.channels = *shape++;
    at.rows = shape[0];
    at.columns = shape[1];
    at.kernel_rows = kernel[0];
    at.kernel_columns = kernel[1];
    at.map_rows = at.rows - at.kernel_rows + 1;
    at.map_columns = at.columns - at.kernel_columns + 1;
    at.pool = pool;
    return at;
  }

  /// The kernel sizes nearest to one along which maps can be cut into pools: "4 or 6".
  std::string sizes_that_would_do(Index image, Index size) const {
    std::vector<Index> found;
    for (Index near = std::max<Index>(1, size - pool + 1); near < std::min(image + 1, size + pool); ++near)
      if ((image - near + 1) % pool == 0) found.push_back(near);
    return found.empty() ? "no number of" : fmt::format("{}", fmt::join(found, " or "));
  }

  /// Some samples' maps side by side, maps x (samples, positions): where they lie, or a copy.
  template <class T>
  View<const T> maps_of(const Geometry& at, View<const T> units, Index maps) const {
    if (units.rows == 1 && pool == 1) return {units.data, maps, at.positions()};
    const View<T> all(memory<T, 2>(maps * units.rows * at.positions()), maps, units.rows * at.positions());
    for (Index sample = 0; sample < units.rows; ++sample)
      for (Index m = 0; m < maps; ++m) {
        const T* from = units.row(sample).data + m * at.positions();
        T* to = all.row(m).data + sample * at.positions();
        at.each_unit([&](Index unit, Index position) { to[position] = from[unit]; });
      }
    return all;
  }

  template <class T>
  void up(const Ends& ends, View<const T> weights, View<const T> a, Index first, View<T> out, T scale, bool add) const {
    const Geometry at = geometry(ends);
    const Index positions = at.positions();
    const Touched maps(first, out.columns, positions);
    const View<const T> kernels = weights.column_range(maps.first, maps.count);
    by_samples(a.rows, samples_at_once(at), [&](Index row, Index samples) {
      const Index width = samples * positions;
      const View<T> patches(memory<T, 0>(weights.rows * width), weights.rows, width);
      at.cut(a.row_range(row, samples), 0, patches);
      if (samples == 1 && pool == 1 && maps.whole) {
        product(Transpose::yes, kernels, Transpose::no, View<const T>(patches),
                View<T>(out.row(row).data, maps.count, positions), scale, add ? T(1) : T(0));
        return;
      }
      const View<T> all(memory<T, 1>(maps.count * width), maps.count, width);
      product(Transpose::yes, kernels, Transpose::no, View<const T>(patches), all, scale, T(0));
      for (Index sample = 0; sample < samples; ++sample) {
        T* to = out.row(row + sample).data;
        for (Index m = 0; m < maps.count; ++m) {
          const T* from = all.row(m).data + sample * positions;
          const Index base = (maps.first + m) * positions - first;
          if (maps.whole && !add)
            at.each_unit([&](Index unit, Index position) { to[base + unit] = from[position]; });
          else
            at.each_unit([&](Index unit, Index position) {
              const Index j = base + unit;
              if (j >= 0 && j < out.columns) to[j] = add ? to[j] + from[position] : from[position];
            });
        }
      }
    });
  }

  template <class T>
  void down(const Ends& ends, View<const T> weights, View<const T> b, Index first, View<T> out, T scale,
            bool add) const {
    const Geometry at = geometry(ends);
    const Touched channels(first, out.columns, at.pixels());
    const View<const T> kernels = weights.row_range(channels.first * at.window(), channels.count * at.window());
    const Index first_pixel = channels.first * at.pixels(), pixels = channels.count * at.pixels();
    by_samples(b.rows, samples_at_once(at), [&](Index row, Index samples) {
      const Index width = samples * at.positions();
      const View<T> patches(memory<T, 0>(kernels.rows * width), kernels.rows, width);
      product(Transpose::no, kernels, Transpose::no, maps_of(at, b.row_range(row, samples), weights.columns), patches,
              scale, T(0));
      const View<T> to = out.row_range(row, samples);
      if (!add)
        for (Index i = 0; i < samples; ++i) std::fill_n(to.row(i).data, to.columns, T(0));
      if (channels.whole) {
        at.paste(patches, channels.first, first_pixel, to);
        return;
      }
      const View<T> images(memory<T, 1>(samples * pixels), samples, pixels);
      std::fill_n(images.data, images.size(), T(0));
      at.paste(patches, channels.first, first_pixel, images);
      for (Index i = 0; i < samples; ++i)
        for (Index j = 0; j < to.columns; ++j) to(i, j) += images(i, first - first_pixel + j);
    });
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Convolution>("connection.convolution"); }
