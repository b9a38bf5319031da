#include "posterior_chains.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harmonium/energy.hpp"
#include "unroll.hpp"

namespace harmonium::helmholtz {

PosteriorChains::PosteriorChains(const Directed& model, const std::vector<Given>& given, Index copies, Index proposals,
                                 const Stream& stream)
    : model_(model),
      given_(given),
      copies_(copies),
      proposals_(proposals),
      chains_(given.front().values.rows() * copies),
      stream_(stream),
      now_(*model.below, chains_),
      proposed_(*model.below, chains_ * proposals),
      noise_(Tensor::matrix(chains_, model.below->layer(0).size())),
      choice_(Tensor::matrix(chains_, 1)) {
  const HelmholtzMachine& machine = *model_.below;
  const Stream start = stream.purpose("start");
  if (model_.top) {
    const Network& top = *model_.top;
    top_ = Chains(top, chains_);
    top_.prepare(top);
    for (Index l = 0; l < top.size(); ++l) {
      draw_alone(top, l, top_, start.purpose(top.layer(l).name));
      flags_.push_back(Tensor::of<std::uint8_t>({chains_, top.layer(l).size}));
    }
    const std::vector<Index> classes = model_.classes();
    for (std::size_t c = 0; c < classes.size(); ++c) {
      const View<const float> values = std::as_const(given[c + 1].values).view();
      const View<const std::uint8_t> known = given[c + 1].known.view<std::uint8_t>();
      const View<std::uint8_t> flags = flags_[static_cast<std::size_t>(classes[c])].view<std::uint8_t>();
      for (Index i = 0; i < chains_; ++i)
        for (Index j = 0; j < values.columns; ++j) {
          flags(i, j) = known(i / copies, j);
          if (flags(i, j) != 0) top_[classes[c]].state(i, j) = values(i / copies, j);
        }
      repeated_.push_back(Tensor::matrix(chains_ * proposals, values.columns));
    }
    copy(top_[model_.joint].state, now_.state(machine.size() - 1));
    now_.descend(machine, start);
  } else {
    now_.generate(machine, start);
  }
  const View<const float> values = std::as_const(given.front().values).view();
  const View<const std::uint8_t> known = given.front().known.view<std::uint8_t>();
  for (Index i = 0; i < chains_; ++i)
    for (Index j = 0; j < values.columns; ++j)
      if (known(i / copies, j) != 0) now_.state(0)(i, j) = values(i / copies, j);
  now_.recognise(machine, start.purpose("recognised"));
}

void PosteriorChains::weigh(Activity& activity, const std::vector<Tensor>& classes, Span<double> log_weights) {
  const HelmholtzMachine& machine = *model_.below;
  const Index highest = machine.size() - 1;
  std::vector<double> costs(static_cast<std::size_t>(log_weights.size), 0.0);
  for (Index l = 0; l < highest; ++l) activity.predict_down(machine, l, costs);
  if (!model_.top) {
    activity.predict_down(machine, highest, costs);
  } else {
    std::vector<View<const float>> shown;
    std::size_t c = 0;
    for (const Index l : model_.top->visible())
      shown.push_back(l == model_.joint ? activity.state(highest) : classes[c++].view());
    std::vector<double> energies(costs.size());
    free_energy(*model_.top, shown, energies);
    for (std::size_t i = 0; i < costs.size(); ++i) costs[i] += energies[i];
  }
  for (std::size_t i = 0; i < costs.size(); ++i) log_weights[static_cast<Index>(i)] -= costs[i];
}

void PosteriorChains::propose(const Stream& stream) {
  const HelmholtzMachine& machine = *model_.below;
  std::vector<Tensor> classes;
  if (model_.top) {
    const std::vector<Index> layers = model_.classes();
    for (std::size_t c = 0; c < layers.size(); ++c) {
      const View<const float> state = top_[layers[c]].state;
      classes.push_back(Tensor::matrix(chains_, state.columns));
      copy(state, classes.back().view());
      for (Index i = 0; i < chains_ * proposals_; ++i)
        std::copy_n(state.row(i / proposals_).data, state.columns, repeated_[c].view().row(i).data);
    }
  }
  std::vector<double> present(static_cast<std::size_t>(chains_), 0.0);
  for (Index l = 1; l < machine.size(); ++l) now_.predict_up(machine, l, present);
  weigh(now_, classes, present);
  const View<const float> shown = now_.state(0);
  for (Index i = 0; i < chains_ * proposals_; ++i)
    std::copy_n(shown.row(i / proposals_).data, shown.columns, proposed_.state(0).row(i).data);
  std::vector<double> drawn(static_cast<std::size_t>(chains_ * proposals_), 0.0);
  proposed_.recognise(machine, stream.purpose("proposals"), drawn);
  weigh(proposed_, repeated_, drawn);
  uniform(stream.purpose("choice"), choice_.view());
  for (Index i = 0; i < chains_; ++i) {
    const Span<double> weights{drawn.data() + i * proposals_, proposals_};
    const double kept = present[static_cast<std::size_t>(i)];
    const double largest = std::max(kept, *std::max_element(weights.begin(), weights.end()));
    double sum = std::exp(kept - largest);
    for (double& weight : weights) sum += weight = std::exp(weight - largest);
    double left = static_cast<double>(choice_.view()(i, 0)) * sum - std::exp(kept - largest);
    if (left < 0) continue;
    Index taken = 0;
    while (taken + 1 < proposals_ && left >= weights[taken]) left -= weights[taken++];
    for (Index l = 1; l < machine.size(); ++l) {
      const View<const float> from = proposed_.state(l);
      std::copy_n(from.row(i * proposals_ + taken).data, from.columns, now_.state(l).row(i).data);
    }
    moves_ += 1;
  }
}

void PosteriorChains::move_top(const Stream& stream) {
  const Network& top = *model_.top;
  copy(now_.state(model_.below->size() - 1), top_[model_.joint].state);
  // Hidden units were summed out in the step before, so that they have to be drawn before anything looks at them.
  for (const std::vector<Index>& layers : {top.hidden(), model_.classes()})
    for (const Index l : layers)
      update_layer(top, l, top_, stream.purpose(top.layer(l).name), Draw::sample,
                   std::as_const(flags_[static_cast<std::size_t>(l)]).view<std::uint8_t>());
}

void PosteriorChains::draw_unknown(const Stream& stream) {
  now_.predict_down(*model_.below, 0);
  uniform(stream.purpose("lowest layer"), noise_.view());
  const View<const float> mean = now_.mean(0), noise = std::as_const(noise_).view();
  const View<const std::uint8_t> known = given_.front().known.view<std::uint8_t>();
  const View<float> state = now_.state(0);
  for (Index i = 0; i < chains_; ++i)
    for (Index j = 0; j < state.columns; ++j)
      if (known(i / copies_, j) == 0) state(i, j) = noise(i, j) < mean(i, j) ? 1.0F : 0.0F;
}

void PosteriorChains::sweep() {
  const Stream stream = stream_.at(step_++);
  // Without hidden layers there is nothing to propose.
  if (model_.below->size() > 1) propose(stream);
  if (model_.top) move_top(stream);
  draw_unknown(stream);
}

}  // namespace harmonium::helmholtz
