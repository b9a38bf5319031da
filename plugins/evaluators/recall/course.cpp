#include "course.hpp"

#include <algorithm>

#include "harmonium/energy.hpp"

namespace harmonium {

Course::Course(const Network& network, const Chains& chains, Index count, Index layer, float middle, Index average,
               Rests rests)
    : network_(network),
      chains_(chains),
      count_(count),
      layer_(layer),
      middle_(middle),
      average_(average),
      rests_(rests) {
  const auto rows = static_cast<std::size_t>(count);
  const std::size_t states = rows * static_cast<std::size_t>(network.layer(layer).size);
  last_.assign(static_cast<std::size_t>(average) * states, 0);
  times_on_.assign(states, 0);
  if (rests.by_energy) energies_.assign(2 * static_cast<std::size_t>(average) * rows, 0.0);
  ends_.assign(rows, End::moving);
  sweeps_.assign(rows, 0);
  if (!rests.by_state) return;
  for (const Layer& at : network.layers()) before_.push_back(Tensor::matrix(count, at.size));
  before_that_ = before_;
  remember(before_);
}

void Course::remember(std::vector<Tensor>& states) const {
  for (std::size_t l = 0; l < states.size(); ++l)
    std::copy_n(chains_[static_cast<Index>(l)].state.data, states[l].size(), states[l].data<float>());
}

bool Course::same(const std::vector<Tensor>& states, Index chain) const {
  for (std::size_t l = 0; l < states.size(); ++l) {
    const Span<float> now = chains_[static_cast<Index>(l)].state.row(chain);
    if (!std::equal(now.begin(), now.end(), states[l].view().row(chain).data)) return false;
  }
  return true;
}

void Course::note() {
  const View<float> state = chains_[layer_].state.row_range(0, count_);
  std::uint8_t* const slot = last_.data() + (made_ % average_) * state.size();
  ++made_;
  if (rests_.by_energy) note_energies();
  for (Index i = 0; i < state.rows; ++i) {
    End& end = ends_[static_cast<std::size_t>(i)];
    if (end != End::moving) continue;
    sweeps_[static_cast<std::size_t>(i)] = made_;
    for (Index j = 0; j < state.columns; ++j) {
      const Index k = i * state.columns + j;
      const std::uint8_t on = state(i, j) > middle_;
      times_on_[static_cast<std::size_t>(k)] += on - slot[k];
      slot[k] = on;
    }
    end = how_it_ends(i);
    if (end != End::moving) ++resting_;
    // There it would be for all sweeps to come.
    if (end == End::fixed_point)
      for (Index j = 0; j < state.columns; ++j)
        times_on_[static_cast<std::size_t>(i * state.columns + j)] = state(i, j) > middle_ ? average_ : 0;
  }
  if (!rests_.by_state) return;
  std::swap(before_, before_that_);
  remember(before_);
}

void Course::note_energies() {
  std::vector<Tensor> precise;
  std::vector<View<const double>> views;
  for (Index l = 0; l < network_.size(); ++l) {
    const View<float> state = chains_[l].state.row_range(0, count_);
    precise.push_back(Tensor::of<double>({state.rows, state.columns}));
    std::copy_n(state.data, state.size(), precise.back().data<double>());
  }
  for (const Tensor& layer : precise) views.push_back(layer.view<double>());
  const Index slot = (made_ - 1) % (2 * average_);
  energy(network_, views, Span<double>(energies_.data() + slot * count_, count_));
}

Course::End Course::how_it_ends(Index chain) const {
  if (rests_.by_state && same(before_, chain)) return End::fixed_point;
  if (rests_.by_state && made_ > 1 && same(before_that_, chain)) return End::cycle_of_two;
  if (!rests_.by_energy || made_ < 2 * average_) return End::moving;
  double newer = 0, older = 0;
  for (Index back = 0; back < 2 * average_; ++back) {
    const Index slot = (made_ - 1 - back) % (2 * average_);
    (back < average_ ? newer : older) += energies_[static_cast<std::size_t>(slot * count_ + chain)];
  }
  return newer < older ? End::moving : End::settled;
}

bool Course::on(Index chain, Index unit) const {
  const Index window = end(chain) == End::fixed_point ? average_ : std::min(average_, sweeps(chain));
  return 2 * times_on_[static_cast<std::size_t>(chain * network_.layer(layer_).size + unit)] > window;
}

}  // namespace harmonium
