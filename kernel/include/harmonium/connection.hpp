#pragma once

#include "harmonium/export.hpp"
#include "harmonium/value.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

/// The two layers that a connection joins.
struct Ends {
  Index a_size = 0, b_size = 0;
  /// Their shapes {rows, columns} or {channels, rows, columns}, empty where they have none.
  Span<const Index> a_shape, b_shape;
  /// a and b are one layer: the connection is among its units.
  bool within = false;
  /// Units of a and of b that are drawn together (Units::block).
  Index a_block = 1, b_block = 1;
};

/// Receives panels of a gradient, each on the thread that has just computed it.
struct PanelReceiver {
  void (*call)(void* closure, View<float> panel, Index first_row, Index first_column) = nullptr;
  void* closure = nullptr;
};

/// A linear connection between layers a and b with one matrix of weights W. It adds -B(x_a, x_b; W) to the energy, B
/// being linear in each of the three.
///
/// Laws: to_b(x_a) . x_b = B = x_a . to_a(x_b) = <W, correlate(x_a, x_b)>, for every row.
///
/// Within a layer B is symmetric, every pair of units is counted twice in it, and -B(x, x; W) / 2 is what it adds to
/// the energy; units of one block are not joined. Its input is to_b.
class HARMONIUM_INTERFACE Connection {
 public:
  static constexpr const char* kind = "connection";
  using Contract = Connection;
  HARMONIUM_API virtual ~Connection();

  /// The shape of W. Throws BadPipeline where such layers cannot be joined.
  virtual void shape(const Ends& ends, Index& rows, Index& columns) const = 0;
  /// out (batch x some units of b, from `first` on) = scale * dB/dx_b, plus what `out` holds if `add`.
  virtual void to_b(const Ends& ends, View<const float> weights, View<const float> a, Index first, View<float> out,
                    float scale, bool add) const = 0;
  virtual void to_b(const Ends& ends, View<const double> weights, View<const double> a, Index first, View<double> out,
                    double scale, bool add) const = 0;
  /// The same towards a.
  virtual void to_a(const Ends& ends, View<const float> weights, View<const float> b, Index first, View<float> out,
                    float scale, bool add) const = 0;
  virtual void to_a(const Ends& ends, View<const double> weights, View<const double> b, Index first, View<double> out,
                    double scale, bool add) const = 0;
  /// gradient = scale * sum over rows of dB/dW; every panel goes to `receive` when it is complete.
  virtual void correlate(const Ends& ends, View<const float> a, View<const float> b, float scale, View<float> gradient,
                         PanelReceiver receive) const = 0;
  /// How many pairs of units share each weight: a step goes along the gradient over so many. As it is: 1.
  HARMONIUM_API virtual double uses(const Ends& ends) const;
  /// Puts weights back where they belong after they have moved: symmetric, zero where there is no connection. As it is:
  /// nothing.
  HARMONIUM_API virtual void constrain(const Ends& ends, View<float> weights) const;
  /// Of a connection within a layer: what the units `first`, `first` + 1, ... exert on each other, out(i, j) =
  /// d2B / dx_first+i dx_first+j. As it is: std::logic_error.
  HARMONIUM_API virtual void couplings(const Ends& ends, View<const float> weights, Index first, View<float> out) const;
};

}  // namespace harmonium
