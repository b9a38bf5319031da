#include "harmonium/kept_states.hpp"

#include "harmonium/errors.hpp"
#include "sweep.hpp"

namespace harmonium {

void keep_states(const Chains& chains, std::vector<Tensor>& kept) {
  kept.resize(static_cast<std::size_t>(chains.size()));
  for (Index l = 0; l < chains.size(); ++l) {
    const View<const float> state = chains[l].state;
    Tensor& to = kept[static_cast<std::size_t>(l)];
    if (to.shape() != Tensor::Shape{state.rows, state.columns}) to = Tensor::matrix(state.rows, state.columns);
    copy(state, to.view());
  }
}

void take_states(const std::vector<Tensor>& kept, Chains& chains) {
  bool fits = static_cast<Index>(kept.size()) == chains.size();
  for (Index l = 0; fits && l < chains.size(); ++l) {
    const View<float> to = chains[l].state;
    fits = kept[static_cast<std::size_t>(l)].shape() == Tensor::Shape{to.rows, to.columns};
  }
  if (!fits) throw BadData("the chains saved are not of this model");
  for (Index l = 0; l < chains.size(); ++l) copy(kept[static_cast<std::size_t>(l)].view(), chains[l].state);
}

}  // namespace harmonium
