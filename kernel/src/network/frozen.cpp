#include "harmonium/frozen.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"
#include "pipeline/suggest.hpp"

namespace harmonium {
namespace {

std::string between(const ModelSpec& model, Index a, Index b) {
  return fmt::format("{}-{}", model.layers[static_cast<std::size_t>(a)].name,
                     model.layers[static_cast<std::size_t>(b)].name);
}

bool has_name(const ModelSpec& model, const LinkSpec& link, const std::string& name) {
  return name == between(model, link.a, link.b) || name == between(model, link.b, link.a);
}

/// Sets the flags of what a name stands for; whether there is any.
bool freeze(const ModelSpec& model, const std::string& name, Frozen& frozen) {
  bool found = false;
  for (std::size_t l = 0; l < model.layers.size(); ++l)
    if (model.layers[l].name == name) {
      frozen.layers[l] = 1;
      found = true;
    }
  for (std::size_t i = 0; i < model.links.size(); ++i) {
    if (!has_name(model, model.links[i], name)) continue;
    found = true;
    for (std::size_t other = 0; other < model.links.size(); ++other)
      if (model.leader(static_cast<Index>(other)) == model.leader(static_cast<Index>(i))) frozen.links[other] = 1;
  }
  return found;
}

std::string unknown(const ModelSpec& model, const std::string& name) {
  std::vector<std::string> known;
  for (const LayerSpec& layer : model.layers) known.push_back(layer.name);
  for (const LinkSpec& link : model.links) known.push_back(between(model, link.a, link.b));
  return fmt::format("the model has no layer or connection '{}'{}", name, pipeline::suggestion(name, known));
}

}  // namespace

Frozen Frozen::named(const ModelSpec& model, const std::vector<std::string>& names) {
  Frozen frozen;
  if (names.empty()) return frozen;
  frozen.layers.resize(model.layers.size());
  frozen.links.resize(model.links.size());
  for (const std::string& name : names)
    if (!freeze(model, name, frozen)) throw BadPipeline(unknown(model, name), "with.frozen");
  return frozen;
}

void check_frozen(const ModelSpec& model, const std::vector<std::string>& names, bool centred, Specs& outputs) {
  if (names.empty()) return;
  Frozen frozen;
  frozen.layers.resize(model.layers.size());
  frozen.links.resize(model.links.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string where = fmt::format("with.frozen.{}", i + 1);
    if (!freeze(model, names[i], frozen)) outputs.problem(where, unknown(model, names[i]));
    if (centred && model.find(names[i]))
      outputs.problem(where, fmt::format("centring makes the biases of '{}' take up what weights do, so they cannot be "
                                         "frozen: centring: none",
                                         names[i]));
  }
  bool learns = std::find(frozen.links.begin(), frozen.links.end(), 0) != frozen.links.end();
  for (std::size_t l = 0; l < model.layers.size(); ++l)
    learns = learns || (frozen.layers[l] == 0 && model.layers[l].learned > 0);
  if (!learns) outputs.problem("with.frozen", "everything that the model could learn is frozen");
}

}  // namespace harmonium
