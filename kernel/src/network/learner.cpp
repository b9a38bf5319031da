#include "harmonium/learner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"

namespace harmonium {
namespace {

/// An offset before the first step has said what it is.
constexpr float unset = -std::numeric_limits<float>::infinity();

}  // namespace

Centring Centring::named(const std::string& name, double sliding) {
  const std::vector<std::string> all = names();
  const auto found = std::find(all.begin(), all.end(), name);
  if (found == all.end()) throw std::logic_error("no centring is called " + name);
  return {static_cast<Offset>(found - all.begin()), sliding};
}

Learner::Learner(const Network& network, const Handle<UpdateRule>& rule, const std::vector<Handle<Penalty>>& penalties,
                 Index most_clamped_rows, Index most_free_rows, Centring centring, Frozen frozen)
    : optimiser_(rule, penalties), centring_(centring), frozen_(std::move(frozen)) {
  for (const Layer& layer : network.layers()) {
    PerLayer per;
    const Span<const UnitParameter> parameters = layer.units->parameters();
    per.stack = Tensor::matrix(most_clamped_rows + most_free_rows, layer.size);
    per.theta = Tensor::matrix(layer.units->statistics(), layer.size);
    per.sums = Tensor::of<double>({layer.units->statistics(), layer.size});
    per.gradient = Tensor::matrix(parameters.size, layer.size);
    per.push = Tensor::matrix(1, layer.size);
    if (centring_.offset != Centring::Offset::none) {
      if (layer.units->statistics() > 1)
        throw RunFailed(fmt::format("centring needs units that learn a bias alone, but layer '{}' has {}", layer.name,
                                    layer.units.type()));
      per.offset = Tensor::matrix(1, layer.size);
      float offset = unset;
      if (centring_.offset == Centring::Offset::middle) {
        const Span<const double> states = layer.units->states();
        if (states.empty())
          throw RunFailed(fmt::format("centring in the middle needs units of few states, but layer '{}' has {}",
                                      layer.name, layer.units.type()));
        offset = static_cast<float>((states[0] + states[states.size - 1]) / 2);
      }
      std::fill_n(per.offset.data<float>(), layer.size, offset);
      per.correction = Tensor::matrix(1, layer.size);
      means_.resize(std::max(means_.size(), static_cast<std::size_t>(layer.size)));
    }
    per.free_means = layer.units->means_suffice();
    per.clamped_means = !layer.visible && per.free_means;
    per.means_suffice = per.free_means;
    for (Index k = 0; k < parameters.size; ++k) {
      const Index number = optimiser_.attach(Optimiser::Role::bias, 1, layer.size, parameters[k].rate_scale);
      if (k == 0) per.first_parameter = number;
    }
    if (!layer.visible)
      for (const Handle<Penalty>& penalty : penalties) {
        per.memory.push_back(Tensor::matrix(penalty->on_activities() ? 1 : 0, layer.size));
        for (float& value : per.memory.back().values<float>()) value = unset;
      }
    layers_.push_back(std::move(per));
  }
  for (std::size_t i = 0; i < network.links().size(); ++i) {
    const Link& link = network.links()[i];
    PerLink per;
    per.gradient = Tensor::matrix(link.weights.rows(), link.weights.columns());
    per.parameter = optimiser_.attach(Optimiser::Role::weight, link.weights.rows(), link.weights.columns());
    per.leader = network.leader(static_cast<Index>(i));
    if (per.leader != static_cast<Index>(i))
      links_[static_cast<std::size_t>(per.leader)].followers.push_back(static_cast<Index>(i));
    links_.push_back(std::move(per));
  }
  for (Index l = 0; centring_.offset != Centring::Offset::none && l < network.size(); ++l)
    if (frozen_.layer(l))
      throw RunFailed(
          fmt::format("centring makes the biases of layer '{}' take up what weights do, so they cannot be "
                      "frozen",
                      network.layer(l).name));
  rows(most_clamped_rows, most_free_rows);
}

void Learner::rows(Index clamped, Index free) {
  clamped_rows_ = clamped;
  free_rows_ = free;
}

View<float> Learner::clamped(Index layer) {
  return layers_[static_cast<std::size_t>(layer)].stack.view().row_range(0, clamped_rows_);
}

View<float> Learner::free(Index layer) {
  return layers_[static_cast<std::size_t>(layer)].stack.view().row_range(clamped_rows_, free_rows_);
}

void Learner::holds_means(Index layer, bool clamped, bool free) {
  PerLayer& per = layers_[static_cast<std::size_t>(layer)];
  if ((clamped || free) && !per.means_suffice)
    throw std::logic_error("these units' statistics are not known from their means");
  per.clamped_means = clamped;
  per.free_means = free;
}

void Learner::weigh(Span<const float> clamped, Span<const float> free) {
  clamped_weights_ = clamped;
  free_weights_ = free;
}

void Learner::overlay(double decay) {
  has_fast_ = true;
  fast_decay_ = decay;
  for (PerLayer& layer : layers_) layer.fast = Tensor(Element::float32, layer.gradient.shape());
  for (PerLink& link : links_) link.fast = Tensor(Element::float32, link.gradient.shape());
}

void Learner::lay_over(const Network& network, Network& overlaid) const {
  for (std::size_t l = 0; l < layers_.size(); ++l) {
    const auto layer = static_cast<Index>(l);
    elementwise::combine(1, network.layer(layer).parameters.view(), 1, layers_[l].fast.view(),
                         overlaid.layer(layer).parameters.view());
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const auto link = static_cast<Index>(i);
    elementwise::combine(1, network.link(link).weights.view(), 1, links_[i].fast.view(),
                         overlaid.link(link).weights.view());
  }
}

void Learner::multiply_free(PerLayer& layer, float factor) {
  const View<float> rows = layer.stack.view().row_range(clamped_rows_, free_rows_);
  if (rows.empty()) return;
  elementwise::combine(factor, rows, 0, rows, rows);
  layer.negated = !layer.negated;
}

void Learner::add_unit_statistics(Network& network, double clamped_scale, double free_scale) {
  for (Index l = 0; l < network.size(); ++l) {
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    Layer& layer = network.layer(l);
    const View<double> sums = per.sums.view<double>();
    std::fill_n(per.sums.data<double>(), per.sums.size(), 0.0);
    layer.units->natural(layer.parameters.view(), per.theta.view());
    const auto add = [&](View<float> rows, bool means, double scale) {
      if (means)
        layer.units->add_expected_statistics(per.theta.view(), {}, rows, scale, sums);
      else
        layer.units->add_statistics(rows, scale, sums);
    };
    const auto add_weighed = [&](View<float> rows, bool means, Span<const float> weights, double sign) {
      for (Index i = 0; i < rows.rows; ++i)
        if (weights[i] != 0) add(rows.row_range(i, 1), means, sign * static_cast<double>(weights[i]));
    };
    if (clamped_weights_.empty())
      add(clamped(l), per.clamped_means, clamped_scale);
    else
      add_weighed(clamped(l), per.clamped_means, clamped_weights_, 1);
    if (free_rows_ > 0 && free_weights_.empty())
      add(free(l), per.free_means, -free_scale);
    else if (free_rows_ > 0)
      add_weighed(free(l), per.free_means, free_weights_, -1);
    for (const double sum : per.sums.values<double>())
      if (!std::isfinite(sum))
        throw RunFailed(fmt::format("training diverged: the statistics of layer '{}' are not finite", layer.name));
    const float* push = per.push.data<float>();
    for (Index j = 0; j < layer.size; ++j)
      sums(0, j) += static_cast<double>(push[j]) * static_cast<double>(clamped_rows_) * clamped_scale;
  }
}

void Learner::slide_offsets() {
  if (centring_.offset == Centring::Offset::none) return;
  for (Index l = 0; l < static_cast<Index>(layers_.size()); ++l) {
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    std::fill_n(per.correction.data<float>(), per.correction.size(), 0.0F);
    if (centring_.offset == Centring::Offset::middle) continue;
    std::fill(means_.begin(), means_.end(), 0.0);
    const Span<double> means(means_.data(), per.offset.columns());
    const bool both = centring_.offset == Centring::Offset::average && free_rows_ > 0;
    const auto add_mean = [&](View<float> rows, Span<const float> weights, double share) {
      if (weights.empty()) elementwise::add_column_sums(rows, share / static_cast<double>(rows.rows), means);
      for (Index i = 0; i < weights.size; ++i)
        elementwise::add_column_sums(rows.row_range(i, 1), share * static_cast<double>(weights[i]), means);
    };
    add_mean(clamped(l), clamped_weights_, both ? 0.5 : 1.0);
    if (both) add_mean(free(l), free_weights_, 0.5);
    float* mu = per.offset.data<float>();
    for (Index j = 0; j < means.size; ++j) {
      const auto old = static_cast<double>(mu[j]);
      mu[j] = static_cast<float>(mu[j] == unset ? means[j] : old + centring_.sliding * (means[j] - old));
    }
  }
}

void Learner::centre() {
  if (centring_.offset == Centring::Offset::none) return;
  for (PerLayer& per : layers_) {
    const View<float> rows = per.stack.view().row_range(0, clamped_rows_ + free_rows_);
    const float* mu = per.offset.data<float>();
    for (Index i = 0; i < rows.rows; ++i) {
      float* x = rows.row(i).data;
      for (Index j = 0; j < rows.columns; ++j) x[j] -= mu[j];
    }
  }
}

void Learner::find_pushes() {
  for (Index l = 0; l < static_cast<Index>(layers_.size()); ++l) {
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    per.pushed = false;
    std::fill_n(per.push.data<float>(), per.push.size(), 0.0F);
    for (std::size_t i = 0; i < per.memory.size(); ++i) {
      const Penalty& penalty = *optimiser_.penalties()[i];
      if (!penalty.on_activities()) continue;
      penalty.activities(clamped(l), per.memory[i].values<float>(), per.push.values<float>());
      per.pushed = true;
    }
  }
}

void Learner::add_pushes() {
  for (Index l = 0; l < static_cast<Index>(layers_.size()); ++l) {
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    if (!per.pushed) continue;
    const View<float> rows = clamped(l);
    const float* push = per.push.data<float>();
    for (Index i = 0; i < rows.rows; ++i)
      for (Index j = 0; j < rows.columns; ++j) rows(i, j) += push[j];
  }
}

void Learner::correlate(const Network& network, Index number, double clamped_scale, PanelReceiver receive) {
  const Link& link = network.link(number);
  PerLink& per = links_[static_cast<std::size_t>(number)];
  PerLayer& a = layers_[static_cast<std::size_t>(link.a)];
  PerLayer& b = layers_[static_cast<std::size_t>(link.b)];
  const Index rows = clamped_rows_ + free_rows_;
  const double free_share = free_rows_ > 0 ? static_cast<double>(clamped_rows_) / static_cast<double>(free_rows_) : 0.0;
  const auto factor = static_cast<float>(-free_share);
  const bool weighed = !clamped_weights_.empty() || !free_weights_.empty();
  View<float> right = b.stack.view().row_range(0, rows);
  // Exactly one end of every connection carries the factor of the free phase.
  if (link.a == link.b || weighed) {
    if (a.negated) multiply_free(a, 1 / factor);
    if (per.copy.empty()) per.copy = Tensor(Element::float32, b.stack.shape());
    std::copy_n(b.stack.data<float>(), rows * b.stack.columns(), per.copy.data<float>());
    right = per.copy.view().row_range(0, rows);
    const auto multiply = [&](View<float> some, float all, Span<const float> weights, float each) {
      if (weights.empty()) elementwise::combine(all, some, 0, some, some);
      for (Index r = 0; r < weights.size; ++r)
        elementwise::combine(each * weights[r], some.row_range(r, 1), 0, some.row_range(r, 1), some.row_range(r, 1));
    };
    const auto whole = static_cast<float>(1 / clamped_scale);
    if (!clamped_weights_.empty()) multiply(right.row_range(0, clamped_rows_), 1, clamped_weights_, whole);
    multiply(right.row_range(clamped_rows_, free_rows_), factor, free_weights_, -whole);
  } else if (a.negated == b.negated) {
    multiply_free(b, b.negated ? 1 / factor : factor);
  }
  // Connections that share their weights are divided alike, so that their sum points along the gradient.
  const double uses = link.connection->uses(network.ends(per.leader));
  link.connection->correlate(network.ends(number), a.stack.view().row_range(0, rows), right,
                             static_cast<float>(clamped_scale / uses), per.gradient.view(), receive);
}

void Learner::add_corrections(const Network& network, Index number, View<const float> gradient) {
  const Link& link = network.link(number);
  const Ends ends = network.ends(number);
  PerLayer& a = layers_[static_cast<std::size_t>(link.a)];
  PerLayer& b = layers_[static_cast<std::size_t>(link.b)];
  link.connection->to_a(ends, gradient, b.offset.view(), 0, a.correction.view(), 1, true);
  if (link.a != link.b) link.connection->to_b(ends, gradient, a.offset.view(), 0, b.correction.view(), 1, true);
}

void Learner::move_weights(Network& network, double clamped_scale) {
  const bool centred = centring_.offset != Centring::Offset::none;
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const auto number = static_cast<Index>(i);
    if (frozen_.link(number)) continue;
    const Index first = links_[i].leader;
    PerLink& leader = links_[static_cast<std::size_t>(first)];
    Link& moved = network.link(first);
    struct Closure {
      Optimiser& optimiser;
      Index parameter;
      View<float> weights;
      const std::string &from, &to;
      View<float> fast;
      float decay, rate;
    } closure{optimiser_,
              leader.parameter,
              moved.weights.view(),
              network.layer(moved.a).name,
              network.layer(moved.b).name,
              leader.fast.view(),
              static_cast<float>(fast_decay_),
              static_cast<float>(fast_rate_)};
    const PanelReceiver receive{
        [](void* context, View<float> panel, Index row, Index column) {
          auto& to = *static_cast<Closure*>(context);
          const View<float> weights = to.weights.row_range(row, panel.rows).column_range(column, panel.columns);
          if (!to.fast.empty()) {
            const View<float> fast = to.fast.row_range(row, panel.rows).column_range(column, panel.columns);
            elementwise::combine(to.decay, fast, to.rate, panel, fast);
          }
          to.optimiser.apply(to.parameter, row, column, weights, panel);
          if (!elementwise::within(weights, largest_parameter))
            throw RunFailed(
                fmt::format("training diverged: weights between '{}' and '{}' are beyond {:g} or no numbers", to.from,
                            to.to, largest_parameter));
        },
        &closure};
    // The whole gradient is needed for what centring takes from the biases, before penalties are added to it, and for
    // the sum over connections that share their weights.
    const bool at_once = !centred && leader.followers.empty();
    correlate(network, number, clamped_scale,
              at_once ? receive : PanelReceiver{[](void*, View<float>, Index, Index) {}, nullptr});
    const View<float> gradient = leader.gradient.view();
    if (number != first) elementwise::combine(1, gradient, 1, links_[i].gradient.view(), gradient);
    if (!leader.followers.empty() && number != leader.followers.back()) continue;
    if (centred) {
      add_corrections(network, first, gradient);
      for (const Index follower : leader.followers) add_corrections(network, follower, gradient);
    }
    if (!at_once) {
      constexpr Index panel = 64;
      parallel((gradient.rows + panel - 1) / panel, [&](Index part) {
        const Index row = part * panel;
        receive.call(receive.closure, gradient.row_range(row, std::min(panel, gradient.rows - row)), row, 0);
      });
    }
    if (moved.a != moved.b) optimiser_.bound(moved.weights.view());
    moved.connection->constrain(network.ends(first), moved.weights.view());
    for (const Index follower : leader.followers) {
      moved.connection->constrain(network.ends(follower), moved.weights.view());
      if (has_fast_)
        std::copy_n(leader.fast.data<float>(), leader.fast.size(),
                    links_[static_cast<std::size_t>(follower)].fast.data<float>());
    }
  }
  network.share_tied();
}

void Learner::step(Network& network, const Moment& now, Index batch) {
  const double clamped_scale = 1.0 / static_cast<double>(batch);
  const double free_share = free_rows_ > 0 ? static_cast<double>(clamped_rows_) / static_cast<double>(free_rows_) : 0.0;
  if ((!clamped_weights_.empty() && clamped_weights_.size != clamped_rows_) ||
      (!free_weights_.empty() && free_weights_.size != free_rows_))
    throw std::logic_error("there must be a weight for every row");
  optimiser_.begin(now);
  // Gradients of all parameters are taken before any of them moves.
  slide_offsets();
  find_pushes();
  add_unit_statistics(network, clamped_scale, clamped_scale * free_share);
  // A push is the same for every row, so adding it to the clamped rows carries it into every connection.
  add_pushes();
  centre();
  move_weights(network, clamped_scale);
  for (Index l = 0; l < network.size(); ++l) {
    PerLayer& per = layers_[static_cast<std::size_t>(l)];
    Layer& layer = network.layer(l);
    per.negated = false;
    if (frozen_.layer(l)) continue;
    const View<double> sums = per.sums.view<double>();
    for (Index j = 0; j < per.correction.columns(); ++j)
      sums(0, j) -= static_cast<double>(per.correction.data<float>()[j]);
    layer.units->chain(layer.parameters.view(), sums, per.gradient.view());
    share_by_channel(layer, per.gradient.view());
    if (has_fast_)
      elementwise::combine(static_cast<float>(fast_decay_), per.fast.view(), static_cast<float>(fast_rate_),
                           per.gradient.view(), per.fast.view());
    for (Index k = 0; k < layer.parameters.rows(); ++k)
      optimiser_.apply(per.first_parameter + k, 0, 0, layer.parameters.view().row_range(k, 1),
                       per.gradient.view().row_range(k, 1));
    if (!elementwise::within(layer.parameters.view(), largest_parameter))
      throw RunFailed(fmt::format("training diverged: parameters of layer '{}' are beyond {:g} or no numbers",
                                  layer.name, largest_parameter));
  }
  weigh({}, {});
}

void Learner::visit(Visitor& visitor) {
  visitor("optimiser", optimiser_);
  for (std::size_t l = 0; has_fast_ && l < layers_.size(); ++l) {
    const Tensor::Shape shape = layers_[l].fast.shape();
    visitor(Text(fmt::format("fast {}", l)), layers_[l].fast);
    if (layers_[l].fast.shape() != shape) throw BadData("what was saved of fast weights does not fit the model");
  }
  for (std::size_t i = 0; has_fast_ && i < links_.size(); ++i) {
    const Tensor::Shape shape = links_[i].fast.shape();
    visitor(Text(fmt::format("fast link {}", i)), links_[i].fast);
    if (links_[i].fast.shape() != shape) throw BadData("what was saved of fast weights does not fit the model");
  }
  for (std::size_t l = 0; centring_.offset != Centring::Offset::none && l < layers_.size(); ++l) {
    const Tensor::Shape shape = layers_[l].offset.shape();
    visitor(Text(fmt::format("offset {}", l)), layers_[l].offset);
    if (layers_[l].offset.shape() != shape) throw BadData("what was saved of centring does not fit the model");
  }
  for (std::size_t l = 0; l < layers_.size(); ++l)
    for (std::size_t i = 0; i < layers_[l].memory.size(); ++i) {
      const Tensor::Shape shape = layers_[l].memory[i].shape();
      visitor(Text(fmt::format("memory {} {}", l, i)), layers_[l].memory[i]);
      if (layers_[l].memory[i].shape() != shape) throw BadData("what was saved of a penalty does not fit the model");
    }
}

}  // namespace harmonium
