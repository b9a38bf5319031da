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
};

}  // namespace harmonium
