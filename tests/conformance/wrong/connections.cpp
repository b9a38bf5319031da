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

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.value<harmonium::NotTransposed>("wrong.not_transposed");
  registrar.value<harmonium::NoRange>("wrong.no_range");
  registrar.value<harmonium::Adds>("wrong.adds");
  registrar.value<harmonium::Twice>("wrong.twice");
}
