#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace harmonium {

/// The numbers that something can be.
struct Range {
  double least = 0, greatest = 0;
};

/// A reference to a value: units, a sampler, an update rule, a schedule, a penalty, a connection. Values are immutable,
/// cheap and shared; they are registered by plugins and named in pipeline files, as `name` or `{use: name, with: ...}`.
/// A Contract is the interface they implement; its `kind` ("update rule") is what people read in errors.
template <class Contract>
class Handle {
 public:
  Handle() = default;
  /// A default, as it would stand in a pipeline file: "update.sgd", "{use: update.sgd, with: {rate: 0.1}}" or, where
  /// the kind has a type for bare numbers, "0.1". The kernel replaces it by the value before the owner is used.
  Handle(const char* text) : recipe_(text) {}
  Handle(std::shared_ptr<const Contract> value, std::string type, std::string recipe)
      : value_(std::move(value)), type_(std::move(type)), recipe_(std::move(recipe)) {}

  explicit operator bool() const { return value_ != nullptr; }
  const Contract* operator->() const { return get(); }
  const Contract& operator*() const { return *get(); }
  const Contract* get() const {
    if (!value_) throw std::logic_error(std::string("no ") + Contract::kind + " was given");
    return value_.get();
  }
  /// The registered name, "update.sgd".
  const std::string& type() const { return type_; }
  /// The value written down in full, as JSON that a pipeline file could hold: type and every parameter that is not the
  /// default. From it the same value can be made again.
  const std::string& recipe() const { return recipe_; }

 private:
  std::shared_ptr<const Contract> value_;
  std::string type_;
  std::string recipe_;
};

}  // namespace harmonium
