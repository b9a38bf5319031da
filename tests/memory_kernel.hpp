#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/stored_rows.hpp"
#include "harmonium/visitor.hpp"

/// Just enough of a kernel to run one node, without pipeline, store or disk.
namespace harmonium::testing {

/// What visit() has written down, leaf by leaf, under names like "rows/0/label".
struct SavedState {
  std::map<std::string, Tensor> tensors;
  std::map<std::string, std::int64_t> integers;
  std::map<std::string, double> reals;
};

class MemoryVisitor final : public Visitor {
 public:
  MemoryVisitor(SavedState& state, bool loading) : state_(state), loading_(loading) {}
  bool loading() const override { return loading_; }
  void tensor(Text name, Tensor& value) override { leaf(state_.tensors, name, value); }
  void integer(Text name, std::int64_t& value) override { leaf(state_.integers, name, value); }
  void real(Text name, double& value) override { leaf(state_.reals, name, value); }
  void enter(Text group) override { groups_.push_back(group.str()); }
  void leave() override { groups_.pop_back(); }

 private:
  template <class Value>
  void leaf(std::map<std::string, Value>& leaves, Text name, Value& value) {
    std::string path;
    for (const std::string& group : groups_) path += group + "/";
    path += name.str();
    if (loading_) {
      const auto found = leaves.find(path);
      if (found == leaves.end()) throw BadData("nothing was saved as " + path);
      value = found->second;
    } else if (!leaves.emplace(path, value).second) {
      throw std::logic_error("two leaves are called " + path);
    }
  }

  SavedState& state_;
  bool loading_;
  std::vector<std::string> groups_;
};

template <class T>
SavedState save(T& object) {
  SavedState state;
  MemoryVisitor visitor(state, false);
  object.visit(visitor);
  return state;
}

template <class T>
void load(SavedState& state, T& object) {
  MemoryVisitor visitor(state, true);
  object.visit(visitor);
}

/// Streams come from the seed, the "disk" is memory, and what was said is kept.
class FakeContext final : public Context {
 public:
  explicit FakeContext(std::uint64_t seed = 42) : seed_(seed) {}
  Stream stream(Text purpose) override { return Stream{seed_, 0, 0, 0}.purpose(purpose); }
  void progress(double done, double total, Text, Steps) override { progressed.emplace_back(done, total); }
  void metric(Text name, double value, Text) override { metrics.emplace_back(name.str(), value); }
  void warn(Text message) override { warnings.push_back(message.str()); }
  Tensor on_disk(Text, Element element, Span<const Index> shape) override {
    return Tensor(element, Tensor::Shape(shape.begin(), shape.end()));
  }

  std::vector<std::pair<double, double>> progressed;
  std::vector<std::pair<std::string, double>> metrics;
  std::vector<std::string> warnings;

 private:
  std::uint64_t seed_;
};

class FakeInputs final : public Inputs {
 public:
  /// Connects a value; a list port takes several.
  template <class T>
  FakeInputs& add(const std::string& port, T value, std::string label = "") {
    ports_[port].push_back({std::make_shared<T>(std::move(value)), std::move(label)});
    return *this;
  }
  Index count(Text port) const override {
    const auto found = ports_.find(port.str());
    return found == ports_.end() ? 0 : static_cast<Index>(found->second.size());
  }
  const void* fetch(Text port, Index i) const override { return at(port, i).value.get(); }
  Text label(Text port, Index i) const override { return at(port, i).label; }

 private:
  struct Connected {
    std::shared_ptr<void> value;
    std::string label;
  };
  const Connected& at(Text port, Index i) const { return ports_.at(port.str()).at(static_cast<std::size_t>(i)); }
  std::map<std::string, std::vector<Connected>> ports_;
};

/// Parameters by name, as a pipeline file would give them: {{"steps", 3}, {"update", "update.sgd"}}. A list is
/// list({0.0, 1.0}).
using Settings = std::vector<std::pair<std::string, Setting>>;

inline Setting list(std::initializer_list<Setting> items) { return std::vector<Setting>(items); }

/// A setting as the kernel would hand it over: whole numbers become reals, text becomes paths and values.
inline Setting as_kind(const Setting& setting, SettingKind kind, SettingKind element, const std::string& contract) {
  if (kind == SettingKind::list) {
    std::vector<Setting> items;
    for (const Setting& item : std::get<std::vector<Setting>>(setting))
      items.push_back(as_kind(item, element, element, contract));
    return items;
  }
  if (kind == SettingKind::real && std::holds_alternative<std::int64_t>(setting))
    return static_cast<double>(std::get<std::int64_t>(setting));
  if (kind == SettingKind::file && std::holds_alternative<std::string>(setting))
    return FilePath{std::get<std::string>(setting)};
  if (kind == SettingKind::value && std::holds_alternative<std::string>(setting))
    return detail::make_value(contract.c_str(), std::get<std::string>(setting));
  if (kind == SettingKind::value && !std::get<ErasedValue>(setting).object) {
    const std::string& recipe = std::get<ErasedValue>(setting).recipe;
    return recipe.empty() ? setting : Setting(detail::make_value(contract.c_str(), recipe));
  }
  return setting;
}

/// An object of a registered type with these parameters. Values named in them must be registered.
inline std::shared_ptr<void> make(const TypeInfo& type, const Settings& settings) {
  std::shared_ptr<void> object = type.make();
  for (const auto& [name, setting] : settings) {
    bool known = false;
    for (const ParameterInfo& parameter : type.parameters) known = known || parameter.name == name;
    if (!known) throw std::logic_error(type.name + " has no parameter " + name);
  }
  for (const ParameterInfo& parameter : type.parameters) {
    Setting setting = parameter.standard;
    for (const auto& [name, given] : settings)
      if (name == parameter.name) setting = given;
    parameter.set(object.get(), as_kind(setting, parameter.kind, parameter.element, parameter.contract));
  }
  return object;
}

template <class T>
std::shared_ptr<const NodeWork> make_node(const Settings& settings) {
  const TypeInfo type = describe_node<T>("test.node");
  return type.as_node(make(type, settings));
}

/// What the node says of its outputs before any work.
template <class T>
Specs specs_of(const Settings& settings, const Specs& inputs = {}) {
  Specs outputs;
  make_node<T>(settings)->outputs(inputs, outputs);
  return outputs;
}

/// Runs a node to its end. Its state is saved and loaded on the way, so that every test of a node is one of its visit()
/// as well.
template <class T>
Outputs run_node(const Settings& settings, const Inputs& inputs, FakeContext& context) {
  const std::shared_ptr<const NodeWork> node = make_node<T>(settings);
  const std::unique_ptr<Work> work(node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  SavedState state = save(*work);
  const std::unique_ptr<Work> again(node->blank());
  load(state, *again);
  Outputs outputs;
  again->finish(inputs, outputs);
  return outputs;
}

template <class T>
Outputs run_node(const Settings& settings, const Inputs& inputs) {
  FakeContext context;
  return run_node<T>(settings, inputs, context);
}

template <class T>
const T& get(const Outputs& outputs, const std::string& port) {
  const std::shared_ptr<void> value = outputs.at(port, T::port_type);
  if (!value) throw std::logic_error("nothing was put at " + port);
  return *static_cast<const T*>(value.get());
}

/// All rows of a part.
inline Tensor all_rows(const Dataset& data, const std::string& part) {
  const Index number = data.part(part);
  Tensor values = Tensor::matrix(data.rows(), data.spec().parts[static_cast<std::size_t>(number)].width);
  data.read(number, 0, data.rows(), values.view());
  return values;
}

inline Tensor make_matrix(const std::vector<std::vector<float>>& rows) {
  Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows.at(0).size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), values.view().row(static_cast<Index>(i)).data);
  return values;
}

/// A data set in memory: a part "features", and where classes are given a part "label" of that many classes.
inline Dataset make_data(Tensor features, const std::vector<Index>& classes = {}, Index class_count = 0) {
  DataSpec spec;
  spec.rows = features.rows();
  PartSpec numbers;
  numbers.name = "features";
  numbers.width = features.columns();
  spec.parts.push_back(numbers);
  std::vector<std::shared_ptr<const Tensor>> parts{std::make_shared<const Tensor>(std::move(features))};
  if (class_count > 0) {
    PartSpec label;
    label.name = "label";
    label.kind = PartSpec::Kind::category;
    label.width = class_count;
    for (Index i = 0; i < class_count; ++i) label.classes.push_back(std::to_string(i));
    spec.parts.push_back(label);
    Tensor numbers_of_classes = Tensor::of<std::int64_t>({spec.rows});
    for (Index i = 0; i < spec.rows; ++i)
      numbers_of_classes.data<std::int64_t>()[i] = classes.at(static_cast<std::size_t>(i));
    parts.push_back(std::make_shared<const Tensor>(std::move(numbers_of_classes)));
  }
  return stored_rows(std::move(spec), std::move(parts));
}

}  // namespace harmonium::testing
