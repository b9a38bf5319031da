#pragma once

#include <concepts>
#include <string>
#include <vector>

#include "harmonium/export.hpp"
#include "harmonium/tensor.hpp"
#include "harmonium/views.hpp"

namespace harmonium {

class Visitor;

/// What can be written down and read back: visit() names everything that makes it up, in both directions.
template <class T>
concept Visitable = requires(T& object, Visitor& visitor) {
  object.visit(visitor);
};

/// Walks over state. One function describes both directions: on saving the values are read, on loading they are
/// replaced. Implemented by the kernel, which alone knows how state lies on disk.
class HARMONIUM_INTERFACE Visitor {
 public:
  HARMONIUM_API virtual ~Visitor();
  virtual bool loading() const = 0;
  /// Names are unique within their group; loading throws BadData where a name or element does not fit what was saved.
  virtual void tensor(Text name, Tensor& value) = 0;
  virtual void integer(Text name, std::int64_t& value) = 0;
  virtual void real(Text name, double& value) = 0;
  virtual void enter(Text group) = 0;
  virtual void leave() = 0;

  void operator()(Text name, Tensor& value) { tensor(name, value); }
  void operator()(Text name, std::int64_t& value) { integer(name, value); }
  void operator()(Text name, double& value) { real(name, value); }
  HARMONIUM_API void operator()(Text name, bool& value);
  HARMONIUM_API void operator()(Text name, int& value);
  HARMONIUM_API void operator()(Text name, std::uint64_t& value);
  HARMONIUM_API void operator()(Text name, std::string& value);
  HARMONIUM_API void operator()(Text name, std::vector<double>& value);
  HARMONIUM_API void operator()(Text name, std::vector<Index>& value);

  template <Visitable T>
  void operator()(Text name, T& object) {
    enter(name);
    object.visit(*this);
    leave();
  }
  template <class T>
  requires(!std::same_as<T, double> && !std::same_as<T, Index>) void operator()(Text name, std::vector<T>& items) {
    enter(name);
    std::int64_t count = static_cast<std::int64_t>(items.size());
    integer("count", count);
    if (loading()) items.assign(checked_count(count), T{});
    for (std::size_t i = 0; i < items.size(); ++i) (*this)(Text(std::to_string(i)), items[i]);
    leave();
  }

 private:
  /// Throws BadData for a negative or absurd number of items.
  HARMONIUM_API static std::size_t checked_count(std::int64_t count);
};

}  // namespace harmonium
