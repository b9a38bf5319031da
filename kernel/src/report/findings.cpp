#include "report/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>
#include <cmath>

#include "harmonium/bottom_up.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/snapshots.hpp"
#include "harmonium/spread_rows.hpp"
#include "harmonium/table.hpp"
#include "report/advice.hpp"
#include "report/drawing.hpp"
#include "report/text_table.hpp"
#include "run/answering.hpp"
#include "run/durable.hpp"

namespace harmonium::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr Index bins = 40;

std::string base64(const std::string& bytes) {
  using namespace boost::archive::iterators;
  using Letters = base64_from_binary<transform_width<std::string::const_iterator, 6, 8>>;
  std::string text(Letters(bytes.begin()), Letters(bytes.end()));
  text.append((3 - bytes.size() % 3) % 3, '=');
  return text;
}

Json histogram(const std::string& node, const std::string& of, Span<const float> values, double from, double to) {
  std::vector<Index> counts(static_cast<std::size_t>(bins), 0);
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    const auto bin = static_cast<Index>((static_cast<double>(value) - from) / (to - from) * static_cast<double>(bins));
    ++counts[static_cast<std::size_t>(std::clamp<Index>(bin, 0, bins - 1))];
  }
  return {{"node", node}, {"of", of}, {"from", from}, {"to", to}, {"counts", counts}};
}

/// The first connection between a visible layer with an image shape and a hidden one; -1 where there is none.
Index pictured_link(const Network& model) {
  for (std::size_t i = 0; i < model.links().size(); ++i) {
    const Link& link = model.links()[i];
    const Layer &a = model.layer(link.a), &b = model.layer(link.b);
    if (a.visible != b.visible && (a.visible ? a : b).shape.size() >= 2) return static_cast<Index>(i);
  }
  return -1;
}

/// The incoming weights of hidden units, a row for each.
Tensor incoming(const Network& model, Index number, const std::vector<Index>& units) {
  const Link& link = model.link(number);
  const bool b_hidden = model.layer(link.a).visible;
  const Index hidden = b_hidden ? link.b : link.a, visible = b_hidden ? link.a : link.b;
  Tensor one = Tensor::matrix(static_cast<Index>(units.size()), model.layer(hidden).size);
  for (std::size_t i = 0; i < units.size(); ++i) one.view()(static_cast<Index>(i), units[i]) = 1;
  Tensor weights = Tensor::matrix(one.rows(), model.layer(visible).size);
  const Ends ends = model.ends(number);
  if (b_hidden)
    link.connection->to_a(ends, link.weights.view(), one.view(), 0, weights.view(), 1, false);
  else
    link.connection->to_b(ends, link.weights.view(), one.view(), 0, weights.view(), 1, false);
  return weights;
}

/// Tiles of the same hidden units at each epoch, values in steps of 1/127 of the largest.
Json tiles_of(const std::string& node, const Snapshots& snapshots) {
  if (snapshots.taken.empty()) return nullptr;
  const Network& last = snapshots.taken.back().model;
  const Index link = pictured_link(last);
  if (link < 0) return nullptr;
  const Layer& a = last.layer(last.link(link).a);
  const Layer& visible = a.visible ? a : last.layer(last.link(link).b);
  const Index hidden = last.layer(last.link(link).a).visible ? last.layer(last.link(link).b).size : a.size;
  // A quarter of a million numbers at most.
  constexpr Index most_units = 36, most_values = 250'000;
  const Index taken = static_cast<Index>(snapshots.taken.size());
  const Index count = std::clamp<Index>(most_values / (taken * visible.size), 1, std::min(most_units, hidden));
  std::vector<Index> units;
  for (Index i = 0; i < count; ++i) units.push_back(i * hidden / count);
  std::vector<Tensor> all;
  float largest = 0;
  for (const Snapshots::Taken& each : snapshots.taken) {
    all.push_back(incoming(each.model, link, units));
    for (const float value : all.back().values<float>())
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
  }
  const std::size_t dimensions = visible.shape.size();
  Json tiles = {{"node", node},
                {"rows", visible.shape[dimensions - 2]},
                {"columns", visible.shape[dimensions - 1]},
                {"channels", dimensions > 2 ? visible.shape[0] : 1},
                {"units", units},
                {"of", hidden},
                {"scale", largest},
                {"taken", Json::array()}};
  for (std::size_t t = 0; t < all.size(); ++t) {
    std::string bytes;
    for (const float value : all[t].values<float>())
      bytes += static_cast<char>(std::isfinite(value) && largest > 0 ? std::lround(127 * value / largest) : 0);
    tiles["taken"].push_back({{"epoch", snapshots.taken[t].epoch}, {"tiles", base64(bytes)}});
  }
  return tiles;
}

class Findings {
 public:
  Findings(const run::Manifest& run, const pipeline::Graph& graph)
      : run_(run),
        graph_(graph),
        store_(run.store()),
        stored_(graph, store_, std::vector<bool>(graph.nodes.size(), false), [](const std::string&) { return ""; }) {}

  Json all() {
    for (const char* part : {"charts", "tiles", "reconstructions", "histograms", "notes", "pictures"})
      found_[part] = Json::array();
    describe();
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
      if (const auto* node = run_.node(graph_.nodes[n].path)) {
        const std::string how = node->value("how", "");
        if (how == "run" || how == "stored") look_at(n);
      }
    pictures();
    return std::move(found_);
  }

 private:
  void describe() {
    found_["name"] = graph_.name;
    found_["folder"] = run_.folder.string();
    for (const char* part : {"status", "error", "time", "harmonium", "store", "hardware", "threads", "blas", "simd",
                             "builds", "files", "pipeline", "text", "given", "tables"})
      if (run_.all.contains(part)) found_[part] = Json(run_.all.at(part));
    found_["nodes"] = Json(run_.all.at("nodes"));
    for (Json& node : found_["nodes"]) {
      node.erase("recipe");
      const auto place = graph_.find(node["path"].get<std::string>());
      if (!place) continue;
      const TypeInfo& type = *graph_.nodes[*place].type;
      node["says"] = type.says;
      node["given"] = Json::array();
      for (const auto& [name, value] : graph_.nodes[*place].given) node["given"].push_back(name);
    }
    Json nodes = Json::array(), edges = Json::array();
    std::vector<std::size_t> place(graph_.nodes.size(), graph_.nodes.size());
    for (const auto& [n, more] : drawn_nodes(graph_)) {
      place[n] = nodes.size();
      const auto* node = run_.node(graph_.nodes[n].path);
      nodes.push_back({{"path", graph_.nodes[n].path},
                       {"type", graph_.nodes[n].type->name},
                       {"how", node ? node->value("how", "") : ""},
                       {"seconds", node ? node->value("seconds", 0.0) : 0.0},
                       {"more", more}});
      for (const auto& [port, sources] : graph_.nodes[n].inputs)
        for (const pipeline::Source& source : sources)
          if (place[source.node] < nodes.size())
            edges.push_back({place[source.node], place[n], size_of(graph_.nodes[source.node].outputs, source.port)});
    }
    found_["graph"] = {{"nodes", nodes}, {"edges", edges}};
  }

  void look_at(std::size_t n) {
    const pipeline::GraphNode& node = graph_.nodes[n];
    const auto interesting = [&](const PortInfo& port) {
      return port.type == Table::port_type || port.type == Network::port_type || port.type == Snapshots::port_type;
    };
    if (std::none_of(node.type->outputs.begin(), node.type->outputs.end(), interesting)) return;
    try {
      const Outputs& outputs = stored_.outputs_of(n);
      for (const PortInfo& port : node.type->outputs) {
        const std::shared_ptr<void> value = interesting(port) ? outputs.at(port.name, port.type) : nullptr;
        if (!value) continue;
        const std::string name = port.name == node.type->outputs.front().name || port.type != Table::port_type
                                     ? node.path
                                     : node.path + "." + port.name;
        if (port.type == Table::port_type) chart(n, name, *static_cast<const Table*>(value.get()));
        if (port.type == Network::port_type) model(n, *static_cast<const Network*>(value.get()));
        if (port.type == Snapshots::port_type)
          if (Json tiles = tiles_of(node.path, *static_cast<const Snapshots*>(value.get())); !tiles.is_null())
            found_["tiles"].push_back(std::move(tiles));
      }
    } catch (const Error& error) {
      found_["notes"].push_back({{"node", node.path}, {"text", fmt::format("is left out: {}", error.what())}});
    }
  }

  void advise(const std::string& node, const std::vector<Advice>& advice) {
    for (const Advice& one : advice) found_["notes"].push_back({{"node", node}, {"on", one.on}, {"text", one.text}});
  }

  /// Tables by epoch are curves.
  void chart(std::size_t n, const std::string& name, const Table& table) {
    advise(graph_.nodes[n].path, advice_on_table(table));
    if (table.rows_are != "epoch" || table.rows.size() < 2) return;
    Json one = json_of(table);
    one["node"] = name;
    found_["charts"].push_back(std::move(one));
  }

  void model(std::size_t n, const Network& model) {
    const pipeline::GraphNode& node = graph_.nodes[n];
    // What was trained alone: what it began with says nothing, and what passes a model on says it again.
    const auto data = node.inputs.find("data"), before = node.inputs.find("model");
    if (data == node.inputs.end() || before == node.inputs.end()) return;
    if (const auto then = output_at<Network>(before->second.front()); !then || same_weights(*then, model)) return;
    for (const Link& link : model.links()) {
      float largest = 0;
      for (const float weight : link.weights.values<float>())
        if (std::isfinite(weight)) largest = std::max(largest, std::abs(weight));
      if (largest > 0)
        found_["histograms"].push_back(
            histogram(node.path, fmt::format("weights {} - {}", model.layer(link.a).name, model.layer(link.b).name),
                      link.weights.values<float>(), -static_cast<double>(largest), static_cast<double>(largest)));
    }
    activity(n, model, data->second.front());
  }

  static bool same_weights(const Network& one, const Network& other) {
    return std::equal(one.links().begin(), one.links().end(), other.links().begin(), other.links().end(),
                      [](const Link& a, const Link& b) {
                        const Span<const float> x = a.weights.values<float>(), y = b.weights.values<float>();
                        return std::equal(x.begin(), x.end(), y.begin(), y.end());
                      });
  }

  /// What a port gave, or null where it is of another type.
  template <class Port>
  std::shared_ptr<const Port> output_at(const pipeline::Source& source) {
    const pipeline::GraphNode& from = graph_.nodes[source.node];
    const auto port = std::find_if(from.type->outputs.begin(), from.type->outputs.end(),
                                   [&](const PortInfo& one) { return one.name == source.port; });
    if (port == from.type->outputs.end() || port->type != Port::port_type) return nullptr;
    return std::static_pointer_cast<const Port>(stored_.outputs_of(source.node).at(source.port, port->type));
  }

  /// How active hidden units are over some rows.
  void activity(std::size_t n, const Network& model, const pipeline::Source& source) {
    const auto value = output_at<Dataset>(source);
    if (!value) return;
    const Dataset rows = spread_rows(*value, 500);
    std::vector<std::uint8_t> held;
    for (const Layer& layer : model.layers()) {
      held.push_back(layer.visible ? 1 : 0);
      const PartSpec* part = layer.visible ? rows.spec().find(layer.part) : nullptr;
      if (layer.visible && (!part || part->width != layer.size)) return;
    }
    Chains chains(model, rows.rows());
    chains.prepare(model);
    for (const Index l : model.visible()) rows.read(rows.part(model.layer(l).part), 0, rows.rows(), chains[l].state);
    bottom_up(model, chains, held, Stream{}, Draw::mean);
    for (const Index l : model.hidden()) {
      const Layer& layer = model.layer(l);
      std::vector<float> means(static_cast<std::size_t>(layer.size), 0.0F);
      for (Index i = 0; i < rows.rows(); ++i)
        for (Index j = 0; j < layer.size; ++j)
          means[static_cast<std::size_t>(j)] += chains[l].mean(i, j) / static_cast<float>(rows.rows());
      const auto [low, high] = std::minmax_element(means.begin(), means.end());
      const Span<const double> states = layer.units->states();
      const bool few = states.size > 1;
      const double from_value = few ? states[0] : static_cast<double>(*low);
      const double to_value = few ? states[states.size - 1] : static_cast<double>(*high);
      if (!(to_value > from_value)) continue;
      if (few) {
        std::vector<float> share = means;
        for (float& mean : share)
          mean = static_cast<float>((static_cast<double>(mean) - from_value) / (to_value - from_value));
        advise(graph_.nodes[n].path, advice_on_activity(layer.name, share));
      }
      found_["histograms"].push_back(histogram(graph_.nodes[n].path, fmt::format("mean activity of {}", layer.name),
                                               {means.data(), layer.size}, from_value, to_value));
    }
    for (const Index l : model.visible())
      if (const Layer& layer = model.layer(l); layer.shape.size() >= 2) {
        reconstructions(graph_.nodes[n].path, model, l, chains);
        break;
      }
  }

  /// Some rows in a visible layer with an image shape, and what the model makes of them: up by means and down by means.
  /// `chains` hold both the rows and the means of the hidden units.
  void reconstructions(const std::string& node, const Network& model, Index visible, Chains& chains) {
    constexpr Index most = 12;
    const Layer& layer = model.layer(visible);
    const Index count = std::min(most, chains.rows());
    const Index pixels = layer.shape[layer.shape.size() - 2] * layer.shape.back();
    std::vector<float> values;
    const auto keep = [&](View<const float> rows) {
      for (Index i = 0; i < count; ++i)
        for (Index p = 0; p < pixels; ++p) {
          float sum = 0;
          for (Index at = p; at < layer.size; at += pixels) sum += rows(i * chains.rows() / count, at);
          values.push_back(sum * static_cast<float>(pixels) / static_cast<float>(layer.size));
        }
    };
    keep(chains[visible].state);
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    const float from = *low, range = *high - *low;
    update_layer(model, visible, chains, Stream{}, Draw::mean);
    keep(chains[visible].mean);
    if (!(range > 0) || !std::isfinite(range)) return;
    std::string bytes;
    for (const float value : values) {
      const float grey = std::isfinite(value) ? (value - from) / range : 0.0F;
      bytes += static_cast<char>(std::lround(255 * std::clamp(grey, 0.0F, 1.0F)));
    }
    found_["reconstructions"].push_back({{"node", node},
                                         {"rows", pixels / layer.shape.back()},
                                         {"columns", layer.shape.back()},
                                         {"count", count},
                                         {"tiles", base64(bytes)}});
  }

  void pictures() {
    for (const nlohmann::json& node : run_.all.at("nodes"))
      for (const nlohmann::json& file : node.value("files", nlohmann::json::array()))
        if (const std::string name = file; name.ends_with(".png"))
          if (const std::string bytes = run::read_text(run_.folder / name); !bytes.empty())
            found_["pictures"].push_back({{"node", node.at("path")}, {"name", name}, {"png", base64(bytes)}});
  }

  const run::Manifest& run_;
  const pipeline::Graph& graph_;
  run::Store store_;
  run::Answering stored_;
  Json found_ = Json::object();
};

}  // namespace

Json findings(const run::Manifest& run, const pipeline::Graph& graph) { return Findings(run, graph).all(); }

}  // namespace harmonium::report
