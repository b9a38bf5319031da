#include "report/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harmonium/units.hpp"
#include "network/colouring.hpp"
#include "report/text_table.hpp"

namespace harmonium::report {
namespace {

const LayerSpec& end(const ModelSpec& model, Index layer) { return model.layers[static_cast<std::size_t>(layer)]; }

std::vector<Index> colours_of(const ModelSpec& model) {
  std::vector<std::pair<Index, Index>> edges;
  for (const LinkSpec& link : model.links) edges.emplace_back(link.a, link.b);
  std::vector<Index> order;
  for (const bool visible : {true, false})
    for (std::size_t l = 0; l < model.layers.size(); ++l)
      if (model.layers[l].visible == visible) order.push_back(static_cast<Index>(l));
  return colour_graph(static_cast<Index>(model.layers.size()), edges, order);
}

bool joined_within(const ModelSpec& model, std::size_t layer) {
  const auto l = static_cast<Index>(layer);
  return std::any_of(model.links.begin(), model.links.end(),
                     [&](const LinkSpec& link) { return link.a == l && link.b == l; });
}

/// The layers whose units are approximate.
std::string approximate(const ModelSpec& model) {
  std::string names;
  for (const LayerSpec& layer : model.layers)
    if (!layer.exact) names += (names.empty() ? "" : ", ") + layer.name;
  return names;
}

struct Quantity {
  std::string name, reason;
  bool exact;
};

std::vector<Quantity> quantities(const ModelSpec& model) {
  const bool independent = model.hidden_independent();
  const bool hidden = model.hidden_units() > 0;
  const std::string rough = approximate(model);
  const std::string joined = "hidden units are joined to each other";
  std::vector<Quantity> all;
  all.push_back({"energy of a state", rough.empty() ? "" : "approximate units: " + rough, rough.empty()});
  all.push_back({"p(hidden | visible)",
                 !hidden       ? "there are no hidden units"
                 : independent ? "hidden units are independent given the visible ones"
                               : joined + ": by sampling or mean field",
                 independent});
  all.push_back({"free energy of visible states",
                 !rough.empty() ? "approximate units: " + rough
                 : independent  ? "hidden units are summed out"
                                : joined + ": a bound by mean field",
                 independent && rough.empty()});
  return all;
}

}  // namespace

std::string describe_model(const ModelSpec& model) {
  const std::vector<Index> colours = colours_of(model);
  TextTable layers({{"layer", false}, {"units", true}, {"type", false}, {"", false}, {"sampled", false}});
  for (std::size_t l = 0; l < model.layers.size(); ++l) {
    const LayerSpec& layer = model.layers[l];
    const std::string shape = layer.shape.empty() ? "" : fmt::format(" ({})", fmt::join(layer.shape, " x "));
    layers.row({layer.name, std::to_string(layer.size), layer.units + shape,
                (layer.visible ? fmt::format("visible, shows '{}'", layer.part) : "hidden") +
                    (layer.by_channel ? ", parameters by channel" : ""),
                fmt::format("in turn {}{}", colours[l] + 1, joined_within(model, l) ? ", unit by unit" : "")});
  }
  TextTable links({{"connection", false}, {"type", false}, {"weights", false}});
  for (const LinkSpec& link : model.links)
    links.row({link.a == link.b ? fmt::format("within {}", end(model, link.a).name)
                                : fmt::format("{} - {}", end(model, link.a).name, end(model, link.b).name),
               link.connection,
               fmt::format("{}", fmt::join(link.weights, " x ")) +
                   (link.tied.empty() ? "" : fmt::format(", shared as '{}'", link.tied))});
  TextTable exact({{"quantity", false}, {"", false}, {"", false}});
  for (const Quantity& quantity : quantities(model))
    exact.row({quantity.name, quantity.exact ? "exact" : "not exact", quantity.reason});
  const std::string learned = fmt::format("{} values are learned\n", model.learned());
  return layers.text() + (model.links.empty() ? "" : "\n" + links.text()) + "\n" + learned + "\n" + exact.text();
}

nlohmann::ordered_json describe_model_as_json(const ModelSpec& model) {
  using nlohmann::ordered_json;
  const std::vector<Index> colours = colours_of(model);
  ordered_json json = {
      {"layers", ordered_json::array()}, {"connections", ordered_json::array()}, {"quantities", ordered_json::array()}};
  for (std::size_t l = 0; l < model.layers.size(); ++l) {
    const LayerSpec& layer = model.layers[l];
    json["layers"].push_back({{"name", layer.name},
                              {"size", layer.size},
                              {"shape", layer.shape},
                              {"units", layer.units},
                              {"visible", layer.visible},
                              {"part", layer.part},
                              {"by_channel", layer.by_channel},
                              {"turn", colours[l] + 1},
                              {"unit_by_unit", joined_within(model, l)}});
  }
  for (const LinkSpec& link : model.links)
    json["connections"].push_back({{"between", {end(model, link.a).name, end(model, link.b).name}},
                                   {"type", link.connection},
                                   {"weights", link.weights},
                                   {"tied", link.tied}});
  json["learned"] = model.learned();
  for (const Quantity& quantity : quantities(model))
    json["quantities"].push_back({{"name", quantity.name}, {"exact", quantity.exact}, {"reason", quantity.reason}});
  return json;
}

}  // namespace harmonium::report
