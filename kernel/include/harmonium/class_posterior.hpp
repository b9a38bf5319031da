#pragma once

#include <string>
#include <vector>

#include "harmonium/chains.hpp"
#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"

namespace harmonium {

/// Of the layers of a model, the one that shows `label`, a part that says of each row which of K classes it is. Notes
/// in `out`, at the port it concerns, what keeps the model from having exactly one such layer beside others that show
/// features. `data` is the port of the data, "data".
HARMONIUM_API void check_classes(const ModelSpec& model, const DataSpec& data, const std::string& label,
                                 const std::string& port, Specs& out);
/// Its number. Throws BadData where there is none.
HARMONIUM_API Index class_layer(const Network& network, const std::string& label);

/// p(class | features), exact where hidden layers are independent given the visible ones and have exact units:
///   log p(c | x) = -F(x, c) - log sum_k exp(-F(x, k)),
///   -F(x, c) = x D e_c - E_y(e_c) + sum over hidden layers of A_h(input from x + input from e_c) + what x alone gives,
/// e_c being the state of class c, D weights that join features and classes directly, if any. The input from x is one
/// product for all classes; that from e_c is added to theta_0, since t_0(h) = h, so that a class costs one pass of A.
/// Units of the class layer need not be softmax units: of their states those with one unit on are compared.
/// Larochelle, Bengio 2008; Larochelle, Mandel, Pascanu, Bengio 2012.
class HARMONIUM_API ClassPosterior {
 public:
  ClassPosterior() = default;
  /// For up to `rows` rows at once.
  ClassPosterior(const Network& network, Index class_layer, Index rows);

  Index classes() const { return log_probability_.columns(); }
  /// Takes what it needs of the network's parameters: call after they have changed.
  void prepare(const Network& network);
  /// Keeps the first `rows` rows in sight.
  void show(Index rows);
  /// Where the features of a visible layer are to be put before infer(); may be pointed elsewhere.
  View<float>& features(Index layer) { return chains_[layer].state; }
  void infer(const Network& network);
  /// The inputs to hidden layers alone, where nobody asks for probabilities.
  void drive(const Network& network);

  /// rows x K
  View<const double> log_probability() const { return log_probability_.view<double>().row_range(0, rows_); }
  /// The most probable class of a row.
  Index best(Index row) const;
  /// Input to a hidden layer from the features (rows x size).
  View<const float> input(Index layer) const { return at(layer).input.view().row_range(0, rows_); }
  /// Input to a hidden layer from each class (K x size).
  View<const float> from_class(Index layer) const { return at(layer).from_class.view(); }
  /// theta of a hidden layer, to which the input from a class is added.
  View<const float> theta(Index layer, Index c) const {
    return at(layer).theta.view().row_range(c * at(layer).statistics, at(layer).statistics);
  }
  /// The K states of the class layer.
  View<const float> states() const { return states_.view(); }

  static constexpr Index block = 8;  ///< rows that a thread takes at a time

 private:
  struct Hidden {
    Index statistics = 0;
    Tensor input, from_class, theta;
  };
  const Hidden& at(Index layer) const { return hidden_[static_cast<std::size_t>(layer)]; }

  Index class_ = 0, rows_ = 0;
  std::vector<Hidden> hidden_;  ///< one a layer, empty for visible ones
  std::vector<Index> hidden_layers_;
  Chains chains_, class_chains_;
  std::vector<std::uint8_t> are_features_, is_class_;
  Tensor states_, theta_, class_input_, log_probability_;
  std::vector<double> class_energies_;
};

}  // namespace harmonium
