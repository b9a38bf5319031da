#pragma once

#include <vector>

#include "harmonium/feedforward.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"

namespace harmonium {

struct StackSizes {
  Index visible = 0;  ///< units that the lowest model shows
  Index hidden = 0;   ///< hidden units of the highest
};

/// Notes in `out` where the models at the list port "stack" are not RBMs of which each shows the hidden units of the
/// one below.
StackSizes check_layers(const Specs& in, Specs& out);

/// One RBM of a stack.
struct StackLayer {
  const Layer* visible;
  const Layer* hidden;
  const Link* link;  ///< its weights are visible x hidden
};

/// The models at the list port "stack", from the data upwards. RunFailed where one is not joined densely from its
/// visible to its hidden layer.
std::vector<StackLayer> layers_of(const Inputs& in);

/// A stage of that many inputs and outputs, all zero.
Feedforward::Stage stage(const Handle<Units>& units, Index inputs, Index outputs);

/// Biases zero, W uniform in +-sqrt(6 / (inputs + outputs)), divided below the last stage by the slope of the units'
/// mean at zero input, which is 1/4 for binary units. Glorot, Bengio 2010.
void randomise(Feedforward& network, Context& context);

}  // namespace harmonium
