#pragma once

#include <string>
#include <vector>

#include "harmonium/frozen.hpp"
#include "harmonium/network.hpp"
#include "harmonium/optimiser.hpp"

namespace harmonium {

/// What is subtracted from states before they are correlated. Centring changes the gradient, never the energy: it is
/// the gradient of the same machine written in x - mu, turned back, and makes learning indifferent to which state of a
/// binary unit is called 0. With mu of every layer,
///   dW_ab = <(x_a - mu_a)(x_b - mu_b)'> clamped - free,   dbias_a = <x_a> clamped - free - sum over b of dW_ab mu_b.
/// Montavon, Mueller 2012; Cho, Raiko, Ilin 2013 (the enhanced gradient, mu half of each phase's mean); Melchior,
/// Fischer, Wiskott 2016, algorithm 1.
struct Centring {
  enum class Offset : std::uint8_t {
    none,     ///< no centring
    data,     ///< mu follows the means of the clamped rows
    average,  ///< mu follows the average of both phases' means
    middle    ///< mu is the middle of a unit's states: statistics of binary units are those of spins
  };
  /// The names, in their order.
  static std::vector<std::string> names() { return {"none", "data", "average", "middle"}; }
  /// Throws std::logic_error where there is no such name.
  HARMONIUM_API static Centring named(const std::string& name, double sliding);

  Offset offset = Offset::none;
  /// mu moves by this share of the way with every step.
  double sliding = 0.01;
};

/// Follows the gradient of the log-likelihood: clamped minus free statistics. Every trainer of a network ends here; it
/// is the one place where batch statistics are reduced. The gradient of weights that connections share is the sum of
/// theirs; what is frozen keeps its values, bit by bit. Centring and frozen layers do not go together: it makes biases
/// take up what weights do (RunFailed).
///
/// Penalties on activities want means in the clamped rows of hidden layers.
///
/// For each layer there is one matrix of statistics: the clamped rows on top, the free rows below them, so that both
/// halves of a gradient are one product, [clamped; free]' [clamped; -free].
class HARMONIUM_API Learner {
 public:
  Learner() = default;
  Learner(const Network& network, const Handle<UpdateRule>& rule, const std::vector<Handle<Penalty>>& penalties,
          Index most_clamped_rows, Index most_free_rows, Centring centring = {}, Frozen frozen = {});
  Learner(Learner&&) = default;
  Learner& operator=(Learner&&) = default;

  /// Sets the rows of the coming step.
  void rows(Index clamped, Index free);
  /// Where the statistics of a layer go (rows x size): states, or their means.
  View<float> clamped(Index layer);
  View<float> free(Index layer);
  /// What those rows hold: means of the units, or states. Data are states; everything else is taken for means until
  /// told otherwise, but where units have statistics beyond their state that means do not tell (Units::means_suffice):
  /// their rows hold states. Throws std::logic_error where such rows are said to hold means.
  void holds_means(Index layer, bool clamped, bool free);
  /// How much each row counts in the coming step, instead of 1 / batch and 1 / rows: for statistics that are exact sums
  /// over states. Empty: as usual. Kept by reference until step().
  void weigh(Span<const float> clamped, Span<const float> free);
  /// From now on there are fast weights as well, zero at first: an overlay on the regular ones for the free phase
  /// alone, which drives its chains away from where they have been. They follow the regular gradient, without
  /// penalties, at a rate of their own, and are multiplied by `decay` every step. Tieleman, Hinton 2009.
  void overlay(double decay);
  /// `overlaid` = network + fast weights.
  void lay_over(const Network& network, Network& overlaid) const;
  /// The rate of the fast weights in the coming steps.
  void fast_rate(double rate) { fast_rate_ = rate; }

  /// One step: statistics -> gradient -> penalties -> rule. The gradient is the mean over `batch` rows: a short last
  /// batch weighs by its size. Throws RunFailed, naming the parameter, where the step leaves it beyond
  /// largest_parameter or not a number.
  /// The statistics are spoiled.
  void step(Network& network, const Moment& now, Index batch);

  /// What must be kept from step to step.
  void visit(Visitor& visitor);

 private:
  struct PerLayer {
    Tensor stack;  ///< clamped rows over free rows
    Tensor theta;
    Tensor sums;                 ///< statistics x size, double: clamped minus free
    Tensor gradient;             ///< parameters x size
    Tensor push;                 ///< one value a unit, from penalties on activities
    Tensor offset;               ///< mu, one value a unit; negative infinity before the first step
    Tensor correction;           ///< what centring takes from the bias gradient, one value a unit
    Tensor fast;                 ///< parameters x size
    std::vector<Tensor> memory;  ///< of a hidden layer: one for each penalty
    Index first_parameter = 0;   ///< its number in the optimiser
    bool clamped_means = false, free_means = false, means_suffice = true;
    bool pushed = false;
    bool negated = false;  ///< the free rows stand with the factor of the free phase
  };
  struct PerLink {
    Tensor gradient;
    Tensor copy;  ///< of the stack, for connections within a layer
    Tensor fast;
    Index parameter = 0;
    Index leader = 0;              ///< the first link that shares its weights
    std::vector<Index> followers;  ///< of a leader: the others that do
  };

  void add_unit_statistics(Network& network, double clamped_scale, double free_scale);
  void slide_offsets();
  void centre();
  void find_pushes();
  void add_pushes();
  void multiply_free(PerLayer& layer, float factor);
  void move_weights(Network& network, double clamped_scale);
  /// The gradient of one connection's weights, as if it had its own.
  void correlate(const Network& network, Index link, double clamped_scale, PanelReceiver receive);
  /// What centring takes from the biases at both ends of a connection whose weights go along the gradient.
  void add_corrections(const Network& network, Index link, View<const float> gradient);

  Optimiser optimiser_;
  Centring centring_;
  Frozen frozen_;
  Index clamped_rows_ = 0, free_rows_ = 0;
  std::vector<PerLayer> layers_;
  std::vector<PerLink> links_;
  std::vector<double> means_;
  Span<const float> clamped_weights_{}, free_weights_{};
  bool has_fast_ = false;
  double fast_decay_ = 0, fast_rate_ = 0;
};

}  // namespace harmonium
