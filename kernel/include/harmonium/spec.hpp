#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium {

/// What is known of a value before any work: sizes, shapes, kinds, labels. Each port type T has its own T::Spec.

/// One named part of every row of a data set.
struct PartSpec {
  enum class Kind : std::uint8_t {
    real,      ///< numbers
    category,  ///< one of `classes`, given as width = number of classes values of which one is 1
    binary,    ///< 0 or 1
    count      ///< whole numbers from 0 on
  };
  std::string name;
  Index width = 0;
  /// Image shape {rows, columns} or {channels, rows, columns}; its product is the width. Empty when there is none.
  Tensor::Shape shape;
  Kind kind = Kind::real;
  /// Names of the classes; empty unless a category.
  std::vector<std::string> classes;
  /// Of numbers: what their columns are called; empty where they have no names.
  std::vector<std::string> columns{};
  /// How grey values were made binary, "drawn" or "thresholded": likelihoods of one cannot be compared with those of
  /// the other. Empty where the values are as they came.
  std::string made{};
};

struct DataSpec {
  static constexpr Index unknown = -1;
  /// Rows, or `unknown` where counting would need work.
  Index rows = unknown;
  std::vector<PartSpec> parts;

  /// The part of that name, or null.
  HARMONIUM_API const PartSpec* find(const std::string& part) const;
  /// The part of that name. Throws BadPipeline naming the parts there are.
  HARMONIUM_API const PartSpec& part(const std::string& part) const;
};

struct LayerSpec {
  std::string name;
  Index size = 0;
  Tensor::Shape shape;
  /// The name of the unit type, "units.bernoulli".
  std::string units;
  bool visible = false;
  /// Of a visible layer: the part of a data set that it shows.
  std::string part = "features";
  /// The states of a unit that takes few of them, in rising order (Units::states); empty where they are many.
  std::vector<double> states{};
  /// Whether they have moments with a quadratic term (Units::quadratic), and a log-partition (Units::exact).
  bool quadratic = false, exact = true;
  /// Whether units of a channel share their parameters.
  bool by_channel = false;
  /// Values that a unit learns: its bias, perhaps a precision.
  Index learned = 1;

  bool two_states() const { return states.size() == 2; }
};

/// A connection between the layers number a and b.
struct LinkSpec {
  Index a = 0, b = 0;
  /// The name of its type, "connection.dense".
  std::string connection;
  /// The shape of its weights {rows, columns}.
  Tensor::Shape weights{};
  /// How many values these hold: within a layer every pair of units counts once.
  Index learned = 0;
  /// Connections of one such name share their weights; empty where it has its own.
  std::string tied{};
};

struct ModelSpec {
  std::vector<LayerSpec> layers;
  std::vector<LinkSpec> links{};
  /// Whether it has a certificate of its log Z (Network::certificate).
  bool certified = false;

  HARMONIUM_API const LayerSpec* find(const std::string& layer) const;
  /// Units of all visible (hidden) layers together.
  HARMONIUM_API Index visible_units() const;
  HARMONIUM_API Index hidden_units() const;
  /// Whether no connection joins hidden units to each other, so that p(h|v) and the free energy are exact.
  HARMONIUM_API bool hidden_independent() const;
  /// The first connection that shares the weights of connection number `link`; itself where it has its own.
  HARMONIUM_API Index leader(Index link) const;
  /// Values that are learned: weights that are shared count once, and so do parameters that a channel shares.
  HARMONIUM_API Index learned() const;
  /// The same model with other parameters.
  HARMONIUM_API ModelSpec retrained() const;
};

struct FeedforwardSpec {
  Index inputs = 0;
  Index outputs = 0;
  /// Names of the classes where the last layer classifies.
  std::vector<std::string> classes;
  /// The part of a data set that it reads.
  std::string part = "features";
  /// Image shapes {rows, columns} or {channels, rows, columns} of what it reads and of what it gives; empty where they
  /// have none.
  Tensor::Shape input_shape{}, output_shape{};
};

struct HelmholtzSpec {
  /// Units of each layer, the one that shows data first.
  std::vector<Index> sizes;
  /// Image shape of the lowest layer, or empty.
  Tensor::Shape shape;
  /// The part of a data set that it shows.
  std::string part = "features";
};

struct DeepBeliefSpec {
  HelmholtzSpec below;
  ModelSpec top;
};

/// For port types that promise nothing before they exist.
struct NoSpec {};

/// The specs at the input or output ports of one node.
class HARMONIUM_API Specs {
 public:
  struct Entry {
    std::string type;
    std::string label;
    std::shared_ptr<const void> spec;
  };
  struct Problem {
    std::string where;
    std::string message;
  };

  /// The spec at a port that is connected once.
  template <class T>
  const typename T::Spec& get(const std::string& port) const {
    return *static_cast<const typename T::Spec*>(at(port, 0, T::port_type).spec.get());
  }
  template <class T>
  const typename T::Spec& get(const std::string& port, Index i) const {
    return *static_cast<const typename T::Spec*>(at(port, i, T::port_type).spec.get());
  }
  template <class T>
  void set(const std::string& port, typename T::Spec spec) {
    add(port, {T::port_type, "", std::make_shared<const typename T::Spec>(std::move(spec))});
  }
  bool has(const std::string& port) const { return count(port) > 0; }
  /// How many outputs are connected to the port.
  Index count(const std::string& port) const;

  /// Notes something that cannot work; go on, so that everything is reported at once. `where` is "with.NAME",
  /// "in.PORT" or empty.
  void problem(const std::string& where, const std::string& message);

  // For the kernel.
  void add(const std::string& port, Entry entry);
  const Entry& at(const std::string& port, Index i, const char* type) const;
  const std::vector<Problem>& problems() const { return problems_; }
  const std::map<std::string, std::vector<Entry>>& ports() const { return ports_; }

 private:
  std::map<std::string, std::vector<Entry>> ports_;
  std::vector<Problem> problems_;
};

}  // namespace harmonium
