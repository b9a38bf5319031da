#include "harmonium/spec.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace harmonium {

namespace {

template <class Items>
auto find_by_name(const Items& items, const std::string& name) -> decltype(items.data()) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
  return found == items.end() ? nullptr : &*found;
}

Index units(const ModelSpec& model, bool visible) {
  Index sum = 0;
  for (const LayerSpec& layer : model.layers)
    if (layer.visible == visible) sum += layer.size;
  return sum;
}

}  // namespace

const PartSpec* DataSpec::find(const std::string& part) const { return find_by_name(parts, part); }

const PartSpec& DataSpec::part(const std::string& part) const {
  if (const PartSpec* found = find(part)) return *found;
  std::string there;
  for (const PartSpec& each : parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
  throw BadPipeline(fmt::format("the data have no part '{}'; {}", part,
                                parts.empty() ? "they have none" : "their parts are " + there));
}

const LayerSpec* ModelSpec::find(const std::string& layer) const { return find_by_name(layers, layer); }
Index ModelSpec::visible_units() const { return units(*this, true); }
Index ModelSpec::hidden_units() const { return units(*this, false); }

ModelSpec ModelSpec::retrained() const {
  ModelSpec other = *this;
  other.certified = false;
  return other;
}

bool ModelSpec::hidden_independent() const {
  return std::none_of(links.begin(), links.end(), [&](const LinkSpec& link) {
    return !layers[static_cast<std::size_t>(link.a)].visible && !layers[static_cast<std::size_t>(link.b)].visible;
  });
}

Index ModelSpec::leader(Index link) const {
  const std::string& tied = links[static_cast<std::size_t>(link)].tied;
  if (tied.empty()) return link;
  return std::find_if(links.begin(), links.end(), [&](const LinkSpec& other) { return other.tied == tied; }) -
         links.begin();
}

Index ModelSpec::learned() const {
  Index sum = 0;
  for (const LayerSpec& layer : layers) {
    const Index channels = layer.shape.size() == 3 ? layer.shape.front() : 1;
    sum += layer.learned * (layer.by_channel ? channels : layer.size);
  }
  for (std::size_t i = 0; i < links.size(); ++i)
    if (leader(static_cast<Index>(i)) == static_cast<Index>(i)) sum += links[i].learned;
  return sum;
}

Index Specs::count(const std::string& port) const {
  const auto found = ports_.find(port);
  return found == ports_.end() ? 0 : static_cast<Index>(found->second.size());
}

void Specs::problem(const std::string& where, const std::string& message) { problems_.push_back({where, message}); }

void Specs::add(const std::string& port, Entry entry) { ports_[port].push_back(std::move(entry)); }

const Specs::Entry& Specs::at(const std::string& port, Index i, const char* type) const {
  const auto found = ports_.find(port);
  const bool there = found != ports_.end() && i >= 0 && i < static_cast<Index>(found->second.size());
  const Entry* entry = there ? &found->second[static_cast<std::size_t>(i)] : nullptr;
  if (!entry || !entry->spec)
    throw BadPipeline(fmt::format("what comes in at '{}' must be known before the run, but is not", port),
                      "in." + port);
  if (type && *type && entry->type != type)
    throw BadPipeline(fmt::format("port '{}' takes '{}', not '{}'", port, type, entry->type), "in." + port);
  return *entry;
}

}  // namespace harmonium
