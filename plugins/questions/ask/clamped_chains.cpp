#include "clamped_chains.hpp"

#include <fmt/format.h>

#include <utility>

#include "harmonium/bottom_up.hpp"

namespace harmonium {

void Drawing::check(const ModelSpec& model, Specs& outputs) const {
  if (sampler->law() != Law::invariant)
    outputs.problem("with.sampler",
                    fmt::format("{} does not draw from the model's distribution, so it answers no question about it",
                                sampler.type()));
  check_sampler(sampler, model, "with.sampler", outputs);
}

ClampedChains::ClampedChains(const Network& model, const ShownRows& shown, const std::vector<Index>& rows, Index copies,
                             const Drawing& drawing, const Stream& stream, bool held)
    : model_(model),
      sampler_(*drawing.sampler),
      stream_(stream),
      visible_(model.visible()),
      count_(static_cast<Index>(rows.size()) * copies),
      chains_(model, count_ * sampler_.replicas()) {
  chains_.prepare(model, 1 / drawing.temperature);
  const Stream start = stream.purpose("start");
  for (const Index l : visible_) draw_alone(model, l, chains_, start.purpose(model.layer(l).name));
  held_units_.resize(static_cast<std::size_t>(model.size()));
  held_.resize(static_cast<std::size_t>(model.size()), 0);
  for (std::size_t v = 0; v < visible_.size(); ++v) {
    const View<const float> values = shown.values[v].view();
    const View<const std::uint8_t> known = shown.known[v].view<std::uint8_t>();
    Tensor flags = Tensor::of<std::uint8_t>({count_, values.columns});
    Index flagged = 0;
    for (Index chain = 0; chain < count_; ++chain) {
      const Index row = rows[static_cast<std::size_t>(chain / copies)];
      for (Index j = 0; j < values.columns; ++j) {
        if (known(row, j) == 0) continue;
        chains_[visible_[v]].state(chain, j) = values(row, j);
        flags.view<std::uint8_t>()(chain, j) = 1;
        ++flagged;
      }
    }
    flags_.push_back(std::move(flags));
    const auto layer = static_cast<std::size_t>(visible_[v]);
    if (held && flagged == flags_.back().size())
      held_[layer] = 1;
    else if (held && flagged > 0)
      held_units_[layer] = std::as_const(flags_.back()).view<std::uint8_t>();
  }
  if (!model.hidden().empty()) {
    std::vector<std::uint8_t> layers;
    for (const Layer& layer : model.layers()) layers.push_back(layer.visible ? 1 : 0);
    bottom_up(model, chains_, layers, start.purpose("hidden"), Draw::sample);
  }
  chains_.replicate(sampler_.replicas());
}

void ClampedChains::sweep() {
  Request request;
  request.stream = stream_.at(step_++);
  request.held = held_;
  request.held_units = held_units_;
  sampler_.sweep(model_, chains_, request);
}

}  // namespace harmonium
