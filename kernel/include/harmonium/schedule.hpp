#pragma once

#include <cstdint>

#include "harmonium/export.hpp"
#include "harmonium/value.hpp"

namespace harmonium {

/// Where a training stands.
struct Moment {
  double epoch = 0;        ///< epochs done, with the fraction of the present one
  double epochs = 1;       ///< epochs in all
  std::uint64_t step = 0;  ///< parameter updates done
};

/// A number that changes as training goes on.
class HARMONIUM_INTERFACE Schedule {
 public:
  static constexpr const char* kind = "schedule";
  using Contract = Schedule;
  HARMONIUM_API virtual ~Schedule();
  virtual double at(const Moment& now) const = 0;
  /// The least and the greatest number it ever gives: parameters that take a schedule hold it to their bounds.
  virtual Range range() const = 0;
  /// Whether at() looks at `epochs`: then training longer is another training, not a continuation.
  virtual bool depends_on_length() const { return false; }
};

}  // namespace harmonium
