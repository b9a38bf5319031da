#include <fmt/format.h>

#include <algorithm>

#include "harmonium/connection.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"

namespace harmonium {
namespace {

/// Every unit of a layer joined to every other one of it: B(x, x; M) = x' M x, M being symmetric with zeros where two
/// units are one or of one block, so that the energy is -1/2 x' M x. Hopfield 1982; Ackley, Hinton, Sejnowski 1985.
class Lateral final : public Connection {
 public:
  static void describe(ValueType<Lateral>& type) {
    type.says("Every unit of a layer joined to every other one of it, symmetrically.")
        .cites("Hopfield 1982; Ackley, Hinton, Sejnowski 1985");
  }

  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (!ends.within)
      throw BadPipeline("connection.lateral joins the units of one layer; two layers are joined by connection.dense");
    rows = columns = ends.a_size;
  }
  void to_b(const Ends&, View<const float> weights, View<const float> x, Index first, View<float> out, float scale,
            bool add) const override {
    product(Transpose::no, x, Transpose::no, weights.column_range(first, out.columns), out, scale, add ? 1.0F : 0.0F);
  }
  void to_b(const Ends&, View<const double> weights, View<const double> x, Index first, View<double> out, double scale,
            bool add) const override {
    product(Transpose::no, x, Transpose::no, weights.column_range(first, out.columns), out, scale, add ? 1.0 : 0.0);
  }
  void to_a(const Ends& ends, View<const float> weights, View<const float> x, Index first, View<float> out, float scale,
            bool add) const override {
    to_b(ends, weights, x, first, out, scale, add);
  }
  void to_a(const Ends& ends, View<const double> weights, View<const double> x, Index first, View<double> out,
            double scale, bool add) const override {
    to_b(ends, weights, x, first, out, scale, add);
  }
  void correlate(const Ends& ends, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver receive) const override {
    product_by_panels(Transpose::yes, a, Transpose::no, b, gradient, scale, 0,
                      [&](View<float> panel, Index row, Index column) {
                        clear_blocks(panel, row, column, ends.a_block);
                        receive.call(receive.closure, panel, row, column);
                      });
  }
  /// The upper triangle decides.
  void constrain(const Ends& ends, View<float> weights) const override {
    clear_blocks(weights, 0, 0, ends.a_block);
    constexpr Index tile = 32;
    for (Index i0 = 0; i0 < weights.rows; i0 += tile)
      for (Index j0 = i0; j0 < weights.columns; j0 += tile)
        for (Index i = i0; i < std::min(weights.rows, i0 + tile); ++i)
          for (Index j = std::max(i + 1, j0); j < std::min(weights.columns, j0 + tile); ++j)
            weights(j, i) = weights(i, j);
  }
  void couplings(const Ends&, View<const float> weights, Index first, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i) std::copy_n(&weights(first + i, first), out.columns, out.row(i).data);
  }

 private:
  /// Zeros where the row's unit and the column's are of one block.
  static void clear_blocks(View<float> panel, Index first_row, Index first_column, Index block) {
    for (Index i = 0; i < panel.rows; ++i) {
      const Index begin = (first_row + i) / block * block - first_column;
      for (Index j = std::max<Index>(0, begin); j < std::min(panel.columns, begin + block); ++j) panel(i, j) = 0;
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Lateral>("connection.lateral"); }
