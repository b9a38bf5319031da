#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/random.hpp"
#include "harmonium/spec.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/type.hpp"
#include "harmonium/visitor.hpp"

namespace harmonium {

/// What a node finds at its input ports. Fetching an input computes it, or loads it from the store, when it is first
/// asked for; what is never asked for costs nothing.
class HARMONIUM_INTERFACE Inputs {
 public:
  HARMONIUM_API virtual ~Inputs();
  /// How many outputs are connected to a port.
  virtual Index count(Text port) const = 0;
  /// Output i connected to a port, as a pointer to its port type.
  virtual const void* fetch(Text port, Index i) const = 0;
  /// What tells the outputs connected to a list port apart: "steps=1", "stack.2", ...
  virtual Text label(Text port, Index i) const = 0;

  bool has(Text port) const { return count(port) > 0; }
  template <class T>
  const T& get(Text port, Index i = 0) const {
    return *static_cast<const T*>(fetch(port, i));
  }
};

/// What a node puts at its output ports.
class HARMONIUM_API Outputs {
 public:
  template <class T>
  void set(const std::string& port, T value) {
    put(port, T::port_type, std::make_shared<T>(std::move(value)));
  }
  void put(const std::string& port, const char* type, std::shared_ptr<void> value);
  /// The value at a port, or null. Throws std::logic_error where it is of another type than the port's.
  std::shared_ptr<void> at(const std::string& port, const std::string& type) const;

 private:
  struct Value {
    std::string port, type;
    std::shared_ptr<void> value;
  };
  std::vector<Value> values_;
};

/// What a unit of progress is made of, where its pace is told in that: 600 "batches" an epoch.
struct Steps {
  double in_a_unit = 0;
  Text name = "";
};

/// What a node may ask of the kernel while it works.
class HARMONIUM_INTERFACE Context {
 public:
  HARMONIUM_API virtual ~Context();
  /// Random numbers for one purpose of this node: a function of seed, key and purpose. Only for types that are
  /// random().
  virtual Stream stream(Text purpose) = 0;
  /// How far the work is: `done` of `total` `unit`s ("epochs", "rows").
  void progress(double done, double total, Text unit) { progress(done, total, unit, {}); }
  virtual void progress(double done, double total, Text unit, Steps steps) = 0;
  /// A number to watch, for the journal and the progress line. `unit` may be empty.
  virtual void metric(Text name, double value, Text unit) = 0;
  /// Something the person should know, once.
  virtual void warn(Text message) = 0;
  /// A tensor in the store instead of in memory, for large results that are part of a state. It may be written until
  /// the state is visited for the last time.
  virtual Tensor on_disk(Text name, Element element, Span<const Index> shape) = 0;
};

/// A node type as the kernel sees it. Plugin authors do not derive from these: node<T>() wraps their class.
class HARMONIUM_INTERFACE Work {
 public:
  HARMONIUM_API virtual ~Work();
  /// One bounded unit of work, about a quarter of a second or less; false when nothing is left to do.
  virtual bool advance(const Inputs& inputs, Context& context) = 0;
  virtual void visit(Visitor& visitor) = 0;
  /// Makes the outputs; the state stays as it is.
  virtual void finish(const Inputs& inputs, Outputs& outputs) = 0;
};

class HARMONIUM_INTERFACE NodeWork {
 public:
  HARMONIUM_API virtual ~NodeWork();
  virtual void outputs(const Specs& inputs, Specs& outputs) const = 0;
  /// Whether a finished state with smaller extends() parameters may be taken up again.
  virtual bool continues() const = 0;
  /// A state at its beginning. The caller owns it.
  virtual Work* start(const Inputs& inputs, Context& context) const = 0;
  /// A state to be filled by visit() with what was saved. The caller owns it.
  virtual Work* blank() const = 0;
};

/// The declaration of a node type T. Either
///
///   Outputs run(const Inputs&, Context&) const;           // one step; its outputs are what is stored
///
/// or a resumable state, of which the kernel owns the loop, the checkpoints and the storing:
///
///   struct State { void visit(Visitor&); };                // all that changes: named tensors and scalars
///   State start(const Inputs&, Context&) const;            // expensive beginnings belong here
///   bool advance(State&, const Inputs&, Context&) const;   // optional; one bounded unit of work, false when done
///   void finish(State&, const Inputs&, Outputs&) const;    // cheap: also called whenever a stored state is used
///   State blank() const;                                   // optional: what visit() is to fill on loading
///
/// and in both cases
///
///   void outputs(const Specs& inputs, Specs& outputs) const;   // sizes before any work; optional where none are known
///   bool continues() const;                                    // optional: whether extends() parameters may be raised
template <class T>
class NodeType : public TypeDeclaration<NodeType<T>, T> {
 public:
  using TypeDeclaration<NodeType<T>, T>::TypeDeclaration;

  /// The first input is the one that `in: name` connects; an output named without its port is the first.
  template <class Port>
  NodeType& input(std::string name, std::string says) {
    return add_input<Port>(name, says, false, false);
  }
  template <class Port>
  NodeType& optional_input(std::string name, std::string says) {
    return add_input<Port>(name, says, true, false);
  }
  /// Takes one or more outputs.
  template <class Port>
  NodeType& list_input(std::string name, std::string says) {
    return add_input<Port>(name, says, false, true);
  }
  template <class Port>
  NodeType& optional_list_input(std::string name, std::string says) {
    return add_input<Port>(name, says, true, true);
  }
  template <class Port>
  NodeType& output(std::string name, std::string says) {
    PortInfo port{std::move(name), Port::port_type, std::move(says), false, false, nullptr, nullptr};
    if constexpr (Visitable<Port>) {
      port.make = [] { return std::make_shared<Port>(); };
      port.visit = [](void* object, Visitor& visitor) { static_cast<Port*>(object)->visit(visitor); };
    }
    this->info_.outputs.push_back(std::move(port));
    return *this;
  }
  /// It draws random numbers: the seed becomes part of its key.
  NodeType& random() {
    this->info_.random = true;
    return *this;
  }
  /// What it makes is cheap and computed whenever needed: nothing is stored.
  NodeType& view() {
    this->info_.view = true;
    return *this;
  }

 private:
  template <class Port>
  NodeType& add_input(std::string& name, std::string& says, bool optional, bool list) {
    this->info_.inputs.push_back({std::move(name), Port::port_type, std::move(says), optional, list, nullptr, nullptr});
    return *this;
  }
};

namespace detail {

/// Visits outputs as a state, by the ports' declarations.
HARMONIUM_API void visit_outputs(const std::vector<PortInfo>& ports, Outputs& outputs, Visitor& visitor);

template <class T>
class NodeAdapter final : public NodeWork {
 public:
  NodeAdapter(std::shared_ptr<const T> node, std::vector<PortInfo> ports)
      : node_(std::move(node)), ports_(std::move(ports)) {}

  void outputs(const Specs& in, Specs& out) const override {
    if constexpr (requires { node_->outputs(in, out); }) node_->outputs(in, out);
  }
  bool continues() const override {
    if constexpr (requires { node_->continues(); }) return node_->continues();
    return true;
  }
  Work* start(const Inputs& in, Context& context) const override {
    auto work = std::make_unique<State>(*this);
    if constexpr (requires { node_->run(in, context); })
      work->state = node_->run(in, context);
    else
      work->state = node_->start(in, context);
    return work.release();
  }
  Work* blank() const override {
    auto work = std::make_unique<State>(*this);
    if constexpr (requires { node_->blank(); }) work->state = node_->blank();
    return work.release();
  }

 private:
  template <class N>
  struct StateOf {
    using type = typename N::State;
  };
  template <class N>
  requires requires(const N& n, const Inputs& in, Context& c) { n.run(in, c); }
  struct StateOf<N> {
    using type = Outputs;
  };

  struct State final : Work {
    explicit State(const NodeAdapter& owner) : node(owner.node_), ports(owner.ports_) {}
    bool advance(const Inputs& in, Context& context) override {
      if constexpr (requires { node->advance(state, in, context); }) return node->advance(state, in, context);
      return false;
    }
    void visit(Visitor& visitor) override {
      if constexpr (std::is_same_v<typename StateOf<T>::type, Outputs>)
        visit_outputs(ports, state, visitor);
      else
        state.visit(visitor);
    }
    void finish(const Inputs& in, Outputs& out) override {
      if constexpr (std::is_same_v<typename StateOf<T>::type, Outputs>)
        out = state;
      else
        node->finish(state, in, out);
    }
    std::shared_ptr<const T> node;
    std::vector<PortInfo> ports;
    typename StateOf<T>::type state{};
  };

  std::shared_ptr<const T> node_;
  std::vector<PortInfo> ports_;
};

}  // namespace detail

template <class T>
TypeInfo describe_node(std::string name) {
  TypeInfo info;
  info.kind = TypeInfo::Kind::node;
  info.name = std::move(name);
  info.make = [] { return std::make_shared<T>(); };
  const T standard{};
  NodeType<T> type(info, standard);
  T::describe(type);
  info.one_step = requires(const T& node, const Inputs& in, Context& context) { node.run(in, context); };
  info.as_node = [ports = info.outputs](std::shared_ptr<void> object) -> std::shared_ptr<const NodeWork> {
    return std::make_shared<detail::NodeAdapter<T>>(std::static_pointer_cast<const T>(std::move(object)), ports);
  };
  return info;
}

}  // namespace harmonium
