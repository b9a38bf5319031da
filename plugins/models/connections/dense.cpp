#include "harmonium/connection.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"

namespace harmonium {
namespace {

/// Every unit of a joined to every unit of b: B(x_a, x_b; W) = x_a' W x_b, W being a's size x b's size.
class Dense final : public Connection {
 public:
  static void describe(ValueType<Dense>& type) {
    type.says("Every unit of one layer joined to every unit of the other.").cites("Smolensky 1986");
  }

  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (ends.within)
      throw BadPipeline("connection.dense joins two layers; the units of one are joined by connection.lateral");
    rows = ends.a_size;
    columns = ends.b_size;
  }
  void to_b(const Ends&, View<const float> weights, View<const float> a, Index first, View<float> out, float scale,
            bool add) const override {
    product(Transpose::no, a, Transpose::no, weights.column_range(first, out.columns), out, scale, add ? 1.0F : 0.0F);
  }
  void to_b(const Ends&, View<const double> weights, View<const double> a, Index first, View<double> out, double scale,
            bool add) const override {
    product(Transpose::no, a, Transpose::no, weights.column_range(first, out.columns), out, scale, add ? 1.0 : 0.0);
  }
  void to_a(const Ends&, View<const float> weights, View<const float> b, Index first, View<float> out, float scale,
            bool add) const override {
    product(Transpose::no, b, Transpose::yes, weights.row_range(first, out.columns), out, scale, add ? 1.0F : 0.0F);
  }
  void to_a(const Ends&, View<const double> weights, View<const double> b, Index first, View<double> out, double scale,
            bool add) const override {
    product(Transpose::no, b, Transpose::yes, weights.row_range(first, out.columns), out, scale, add ? 1.0 : 0.0);
  }
  void correlate(const Ends&, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver receive) const override {
    product_by_panels(
        Transpose::yes, a, Transpose::no, b, gradient, scale, 0,
        [&](View<float> panel, Index row, Index column) { receive.call(receive.closure, panel, row, column); });
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.value<harmonium::Dense>("connection.dense"); }
