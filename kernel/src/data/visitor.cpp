#include "harmonium/visitor.hpp"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

/// More items than any state has: what is above comes from a damaged or hostile file.
constexpr std::int64_t most_items = 10'000'000;

/// Text and lists of numbers are tensors on disk, so that a state has three kinds of leaves only.
template <class Values>
void visit_as_tensor(Visitor& visitor, Text name, Values& values, Element element) {
  using Value = typename Values::value_type;
  Tensor tensor;
  if (!visitor.loading()) {
    tensor = Tensor(element, {static_cast<Index>(values.size())});
    if (!values.empty()) std::memcpy(tensor.raw(), values.data(), values.size() * sizeof(Value));
  }
  visitor.tensor(name, tensor);
  if (!visitor.loading()) return;
  if (tensor.element() != element || tensor.shape().size() != 1)
    throw BadData(fmt::format("'{}' of a stored state is not a list of {} values", name.view(), name_of(element)));
  values.resize(static_cast<std::size_t>(tensor.size()));
  if (!values.empty()) std::memcpy(values.data(), tensor.raw(), values.size() * sizeof(Value));
}

}  // namespace

Visitor::~Visitor() = default;

void Visitor::operator()(Text name, bool& value) {
  std::int64_t number = value;
  integer(name, number);
  if (!loading()) return;
  if (number != 0 && number != 1)
    throw BadData(fmt::format("'{}' of a stored state is {}, not true or false", name.view(), number));
  value = number == 1;
}

void Visitor::operator()(Text name, int& value) {
  std::int64_t number = value;
  integer(name, number);
  if (!loading()) return;
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max())
    throw BadData(fmt::format("'{}' of a stored state is {}, which is out of range", name.view(), number));
  value = static_cast<int>(number);
}

void Visitor::operator()(Text name, std::uint64_t& value) {
  auto number = static_cast<std::int64_t>(value);
  integer(name, number);
  if (loading()) value = static_cast<std::uint64_t>(number);
}

void Visitor::operator()(Text name, std::string& value) { visit_as_tensor(*this, name, value, Element::uint8); }
void Visitor::operator()(Text name, std::vector<double>& value) {
  visit_as_tensor(*this, name, value, Element::float64);
}
void Visitor::operator()(Text name, std::vector<Index>& value) { visit_as_tensor(*this, name, value, Element::int64); }

std::size_t Visitor::checked_count(std::int64_t count) {
  if (count < 0 || count > most_items)
    throw BadData(fmt::format("a stored state claims {} items where at most {} can be", count, most_items));
  return static_cast<std::size_t>(count);
}

}  // namespace harmonium
