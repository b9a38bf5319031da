#pragma once

#include <string>
#include <vector>

#include "harmonium/certificate.hpp"
#include "harmonium/connection.hpp"
#include "harmonium/export.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/units.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// One layer of a network.
struct Layer {
  std::string name;
  Handle<Units> units;
  Index size = 0;
  /// {rows, columns} or {channels, rows, columns}, or empty.
  Tensor::Shape shape;
  bool visible = false;
  /// Of a visible layer: the part of a data set that it shows.
  std::string part;
  /// What its units learn: units->parameters() x size.
  Tensor parameters;
  /// Whether units of one channel, the first dimension of the shape, share their parameters.
  bool by_channel = false;

  HARMONIUM_API void visit(Visitor& visitor);
};

/// A connection between the layers number a and b.
struct Link {
  Handle<Connection> connection;
  Index a = 0, b = 0;
  Tensor weights;
  /// Connections of one such name have the same weights, each a copy of its own; empty: shared with none.
  std::string tied{};

  HARMONIUM_API void visit(Visitor& visitor);
};

/// An energy-based model: layers of exponential-family units joined by linear connections,
///   E(x) = sum over layers of E_l(x_l) - sum over connections of B(x_a, x_b; W),
/// half of B where a connection joins the units of one layer, since every pair is counted twice then.
/// The one concrete type of model; its topology decides how it is sampled and which quantities are exact.
class HARMONIUM_API Network {
 public:
  static constexpr const char* port_type = "model";
  using Spec = ModelSpec;

  /// Adds a layer with its units' initial parameters; returns its number.
  Index add(Layer layer);
  /// Joins two layers, with weights zero; returns the number of the connection. Throws BadPipeline where they do not
  /// fit.
  Index connect(Handle<Connection> connection, Index a, Index b);

  /// Ties a connection to those of the same name: they share one matrix of weights, from end a to end b of each.
  /// It takes the weights of the first of them. Throws BadPipeline where their types or the shapes of their weights
  /// differ.
  void tie(Index link, const std::string& name);
  /// The first connection that shares the weights of this one; itself where it has its own.
  Index leader(Index link) const;
  /// Gives the weights of the first of all connections that share them to the others: whoever changes weights calls it.
  void share_tied();

  const std::vector<Layer>& layers() const { return layers_; }
  const std::vector<Link>& links() const { return links_; }
  /// To change: voids the certificate.
  Layer& layer(Index i);
  const Layer& layer(Index i) const { return layers_[static_cast<std::size_t>(i)]; }
  /// To change: voids the certificate.
  Link& link(Index i);
  const Link& link(Index i) const { return links_[static_cast<std::size_t>(i)]; }
  Index size() const { return static_cast<Index>(layers_.size()); }
  /// The number of the layer of that name; BadData when there is none.
  Index find(const std::string& layer) const;
  std::vector<Index> visible() const;
  std::vector<Index> hidden() const;
  Ends ends(Index link) const;

  /// Layers that can be updated at once, those with visible layers first: a colouring of the graph of layers.
  const std::vector<std::vector<Index>>& colours() const;
  /// Whether a connection joins units of the layer to each other.
  bool joined_within(Index layer) const;
  /// Whether the hidden layers are independent given the visible ones, so that p(h|v) and the free energy are exact.
  bool hidden_independent() const;
  /// Of all weights; 0 without any.
  double root_mean_square_weight() const;

  /// What is known of its log Z, or null: whatever may have changed a parameter has voided it.
  const Certificate* certificate() const { return certificate_.verdict.empty() ? nullptr : &certificate_; }
  void certify(Certificate certificate) { certificate_ = std::move(certificate); }

  /// Why likelihoods of the model are not what its kind could reach, as its trainer knows, or nothing: they come with
  /// this warning.
  const std::string& caveat() const { return caveat_; }
  void warn_of(std::string caveat) { caveat_ = std::move(caveat); }

  ModelSpec spec() const;
  void visit(Visitor& visitor);

 private:
  std::vector<Layer> layers_;
  std::vector<Link> links_;
  Certificate certificate_;
  std::string caveat_;
  mutable std::vector<std::vector<Index>> colours_;
};

/// Replaces values (anything x size) of a layer whose parameters are shared by their means over each channel; leaves
/// those of other layers.
HARMONIUM_API void share_by_channel(const Layer& layer, View<float> values);

/// Throws RunFailed, naming the layers, where the weights between units with quadratic tails have outgrown them, so
/// that the sum over their states has no bound: where diag(curvature) minus the weights among those units is not
/// positive definite. Between two layers that is a spectral norm of K_a^-1/2 W K_b^-1/2 of 1 or more. Half-lines count
/// as whole lines, a sufficient condition. The message begins with the number of epochs that led there, if any.
HARMONIUM_API void check_normalisable(const Network& network, Index epochs = 0);

class Dataset;
/// Throws BadData, with the remedy, where data cannot be states of the visible layers that show them. A pass over the
/// data.
HARMONIUM_API void check_data(const Network& network, const Dataset& data);

}  // namespace harmonium
