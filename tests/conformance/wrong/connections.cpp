#include "harmonium/connection.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/products.hpp"

/// Connections that each break one law on purpose.
namespace harmonium {
namespace {

/// Dense, by naive loops, open to errors: W is a's size x b's size.
template <class Self>
class Plain : public Connection {
 public:
  static void describe(ValueType<Self>& type) { type.says("A connection that breaks a law."); }

  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (ends.within) throw BadPipeline("two layers are expected");
    rows = ends.a_size;
    columns = ends.b_size;
  }
  void to_b(const Ends&, View<const float> weights, View<const float> a, Index first, View<float> out, float scale,
            bool add) const override {
    self().forward(weights, a, first, out, scale, add);
  }
  void to_b(const Ends&, View<const double> weights, View<const double> a, Index first, View<double> out, double scale,
            bool add) const override {
    self().forward(weights, a, first, out, scale, add);
  }
  void to_a(const Ends&, View<const float> weights, View<const float> b, Index first, View<float> out, float scale,
            bool add) const override {
    self().backward(weights, b, first, out, scale, add);
  }
  void to_a(const Ends&, View<const double> weights, View<const double> b, Index first, View<double> out, double scale,
            bool add) const override {
    self().backward(weights, b, first, out, scale, add);
  }
  void correlate(const Ends&, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver receive) const override {
    product_by_panels(
        Transpose::yes, a, Transpose::no, b, gradient, Self::share * scale, 0,
        [&](View<float> panel, Index row, Index column) { receive.call(receive.closure, panel, row, column); });
  }

  static constexpr float share = 1;
  template <class T>
  void forward(View<const T> weights, View<const T> a, Index first, View<T> out, T scale, bool add) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        T sum = 0;
        for (Index k = 0; k < a.columns; ++k) sum += a(i, k) * weights(k, first + j);
        out(i, j) = scale * sum + (add ? out(i, j) : 0);
      }
  }
  template <class T>
  void backward(View<const T> weights, View<const T> b, Index first, View<T> out, T scale, bool add) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        T sum = 0;
        for (Index k = 0; k < b.columns; ++k) sum += b(i, k) * weights(first + j, k);
        out(i, j) = scale * sum + (add ? out(i, j) : 0);
      }
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

/// to_a is not the transpose of to_b.
class NotTransposed final : public Plain<NotTransposed> {
 public:
  template <class T>
  void backward(View<const T> weights, View<const T> b, Index first, View<T> out, T scale, bool add) const {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) {
        T sum = 0;
        for (Index k = 0; k < b.columns; ++k)
          sum += b(i, k) * weights.data[(k * weights.rows + first + j) % weights.size()];
        out(i, j) = scale * sum + (add ? out(i, j) : 0);
      }
  }
};

/// The range of units asked for begins at the first.
class NoRange final : public Plain<NoRange> {
 public:
  template <class T>
  void forward(View<const T> weights, View<const T> a, Index, View<T> out, T scale, bool add) const {
    Plain::forward(weights, a, 0, out, scale, add);
  }
};

/// What `out` holds is added whether it is asked for or not.
class Adds final : public Plain<Adds> {
 public:
  template <class T>
  void forward(View<const T> weights, View<const T> a, Index first, View<T> out, T scale, bool) const {
    Plain::forward(weights, a, first, out, scale, true);
  }
};

/// The gradient is twice what it should be.
class Twice final : public Plain<Twice> {
 public:
  static constexpr float share = 2;
};

/// The first row of a batch leaks into all.
class Leaks final : public Plain<Leaks> {
 public:
  template <class T>
  void forward(View<const T> weights, View<const T> a, Index first, View<T> out, T scale, bool add) const {
    Plain::forward(weights, a, first, out, scale, add);
    if (a.rows > 1)
      for (Index i = 0; i < out.rows; ++i) out(i, 0) += a(1, 0) / 1000;
  }
};

/// In double it is another connection.
class Precision final : public Plain<Precision> {
 public:
  template <class T>
  void forward(View<const T> weights, View<const T> a, Index first, View<T> out, T scale, bool add) const {
    Plain::forward(weights, a, first, out, scale * (sizeof(T) == sizeof(double) ? T(1.001) : T(1)), add);
  }
};

/// It gives no panel to its receiver.
class Silent final : public Plain<Silent> {
 public:
  void correlate(const Ends&, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver) const override {
    product_by_panels(Transpose::yes, a, Transpose::no, b, gradient, scale, 0, [](View<float>, Index, Index) {});
  }
};

/// Within a layer, but nothing makes it symmetric; units are joined to themselves.
class Lopsided final : public Plain<Lopsided> {
 public:
  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (!ends.within) throw BadPipeline("one layer is expected");
    rows = columns = ends.a_size;
  }
  void couplings(const Ends&, View<const float> weights, Index first, View<float> out) const override {
    for (Index i = 0; i < out.rows; ++i)
      for (Index j = 0; j < out.columns; ++j) out(i, j) = weights(first + i, first + j);
  }
};

/// Weights that become smaller each time they are put back in their place.
class Shrinks final : public Plain<Shrinks> {
 public:
  void constrain(const Ends&, View<float> weights) const override {
    for (Index k = 0; k < weights.size(); ++k) weights.data[k] *= 0.9F;
  }
};

/// Right, and of images: W is maps x (3 x 3), every map of b is the image a (rows x columns) seen through its kernel
/// where the kernel lies within it.
class Kernels final : public Connection {
 public:
  static void describe(ValueType<Kernels>& type) { type.says("Kernels of 3 x 3 over an image."); }

  void shape(const Ends& ends, Index& rows, Index& columns) const override {
    if (ends.a_shape.size != 2 || ends.b_shape.size != 3 || ends.b_shape[1] != ends.a_shape[0] - 2 ||
        ends.b_shape[2] != ends.a_shape[1] - 2)
      throw BadPipeline("an image of rows x columns and maps of two rows and columns less are expected");
    rows = ends.b_shape[0];
    columns = 9;
  }
  void to_b(const Ends& ends, View<const float> weights, View<const float> a, Index first, View<float> out, float scale,
            bool add) const override {
    forward(ends, weights, a, first, out, scale, add);
  }
  void to_b(const Ends& ends, View<const double> weights, View<const double> a, Index first, View<double> out,
            double scale, bool add) const override {
    forward(ends, weights, a, first, out, scale, add);
  }
  void to_a(const Ends& ends, View<const float> weights, View<const float> b, Index first, View<float> out, float scale,
            bool add) const override {
    backward(ends, weights, b, first, out, scale, add);
  }
  void to_a(const Ends& ends, View<const double> weights, View<const double> b, Index first, View<double> out,
            double scale, bool add) const override {
    backward(ends, weights, b, first, out, scale, add);
  }
  void correlate(const Ends& ends, View<const float> a, View<const float> b, float scale, View<float> gradient,
                 PanelReceiver receive) const override {
    for (Index k = 0; k < gradient.size(); ++k) gradient.data[k] = 0;
    for (Index i = 0; i < a.rows; ++i)
      each(ends,
           [&](Index from, Index to, Index map, Index at) { gradient(map, at) += scale * a(i, from) * b(i, to); });
    receive.call(receive.closure, gradient, 0, 0);
  }

 private:
  /// Every pair of units that a weight joins: see(unit of a, unit of b, row of W, column of W).
  template <class See>
  static void each(const Ends& ends, const See& see) {
    const Index width = ends.a_shape[1], maps = ends.b_shape[0], rows = ends.b_shape[1], columns = ends.b_shape[2];
    for (Index map = 0; map < maps; ++map)
      for (Index y = 0; y < rows; ++y)
        for (Index x = 0; x < columns; ++x)
          for (Index at = 0; at < 9; ++at)
            see((y + at / 3) * width + x + at % 3, (map * rows + y) * columns + x, map, at);
  }
  template <class T>
  static void forward(const Ends& ends, View<const T> weights, View<const T> a, Index first, View<T> out, T scale,
                      bool add) {
    for (Index i = 0; i < out.rows; ++i) {
      for (Index j = 0; j < out.columns && !add; ++j) out(i, j) = 0;
      each(ends, [&](Index from, Index to, Index map, Index at) {
        if (to >= first && to < first + out.columns) out(i, to - first) += scale * a(i, from) * weights(map, at);
      });
    }
  }
  template <class T>
  static void backward(const Ends& ends, View<const T> weights, View<const T> b, Index first, View<T> out, T scale,
                       bool add) {
    for (Index i = 0; i < out.rows; ++i) {
      for (Index j = 0; j < out.columns && !add; ++j) out(i, j) = 0;
      each(ends, [&](Index from, Index to, Index map, Index at) {
        if (from >= first && from < first + out.columns) out(i, from - first) += scale * b(i, to) * weights(map, at);
      });
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::NotTransposed>("wrong.not_transposed");
  registrar.value<harmonium::NoRange>("wrong.no_range");
  registrar.value<harmonium::Adds>("wrong.adds");
  registrar.value<harmonium::Twice>("wrong.twice");
  registrar.value<harmonium::Leaks>("wrong.leaks");
  registrar.value<harmonium::Precision>("wrong.precision");
  registrar.value<harmonium::Silent>("wrong.silent");
  registrar.value<harmonium::Lopsided>("wrong.lopsided");
  registrar.value<harmonium::Shrinks>("wrong.shrinks");
  registrar.value<harmonium::Kernels>("wrong.no_kernels");
}
