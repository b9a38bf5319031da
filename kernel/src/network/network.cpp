#include "harmonium/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"
#include "network/colouring.hpp"

namespace harmonium {

void Layer::visit(Visitor& visitor) {
  visitor("name", name);
  visit_handle(visitor, "units", units);
  visitor("size", size);
  visitor("shape", shape);
  visitor("visible", visible);
  visitor("part", part);
  visitor("parameters", parameters);
  visitor("by_channel", by_channel);
  if (!visitor.loading()) return;
  const Index kinds = units->parameters().size;
  if (size <= 0 || parameters.element() != Element::float32 || parameters.rows() != kinds ||
      (kinds && parameters.columns() != size))
    throw BadData(fmt::format("layer '{}': its parameters do not fit {} units of type {}", name, size, units.type()));
}

void Link::visit(Visitor& visitor) {
  visit_handle(visitor, "connection", connection);
  visitor("a", a);
  visitor("b", b);
  visitor("weights", weights);
  visitor("tied", tied);
}

Index Network::add(Layer layer) {
  if (layer.size <= 0)
    throw BadPipeline(fmt::format("layer '{}' needs at least one unit, got {}", layer.name, layer.size));
  for (const Layer& other : layers_)
    if (other.name == layer.name) throw BadPipeline(fmt::format("two layers are called '{}'", layer.name));
  if (layer.by_channel && layer.shape.size() < 2)
    throw BadPipeline(
        fmt::format("layer '{}' shares its parameters by channel, but has no shape with channels", layer.name));
  const Index block = layer.units->block(layer.size);
  if (block <= 0 || layer.size % block != 0)
    throw BadPipeline(fmt::format("layer '{}': {} units cannot be cut into blocks of {}, as {} needs", layer.name,
                                  layer.size, block, layer.units.type()));
  const Span<const UnitParameter> kinds = layer.units->parameters();
  if (layer.parameters.rows() != kinds.size || layer.parameters.columns() != layer.size) {
    layer.parameters = Tensor::matrix(kinds.size, layer.size);
    for (Index k = 0; k < kinds.size; ++k)
      std::fill_n(layer.parameters.view().row(k).data, layer.size, static_cast<float>(kinds[k].initial));
  }
  layers_.push_back(std::move(layer));
  certificate_ = {};
  colours_.clear();
  return size() - 1;
}

Index Network::connect(Handle<Connection> connection, Index a, Index b) {
  const Tail tails[] = {layer(a).units->tail(), layer(b).units->tail()};
  if ((tails[0] == Tail::factorial && tails[1] != Tail::bounded) ||
      (tails[1] == Tail::factorial && tails[0] != Tail::bounded))
    throw BadPipeline(
        fmt::format("{} in '{}' and {} in '{}' cannot be joined: for any positive weight the sum over their states has "
                    "no bound; Poisson units go with bounded ones",
                    layer(a).units.type(), layer(a).name, layer(b).units.type(), layer(b).name));
  links_.push_back({std::move(connection), a, b, {}});
  Link& link = links_.back();
  Index rows = 0, columns = 0;
  try {
    link.connection->shape(ends(static_cast<Index>(links_.size()) - 1), rows, columns);
  } catch (...) {
    links_.pop_back();
    throw;
  }
  link.weights = Tensor::matrix(rows, columns);
  certificate_ = {};
  colours_.clear();
  return static_cast<Index>(links_.size()) - 1;
}

Layer& Network::layer(Index i) {
  certificate_ = {};
  return layers_[static_cast<std::size_t>(i)];
}

Link& Network::link(Index i) {
  certificate_ = {};
  return links_[static_cast<std::size_t>(i)];
}

void Network::tie(Index number, const std::string& name) {
  Link& tied = link(number);
  tied.tied = name;
  const Link& first = link(leader(number));
  if (&first == &tied) return;
  const auto between = [&](const Link& one) { return fmt::format("{}-{}", layer(one.a).name, layer(one.b).name); };
  std::string wrong;
  if (first.connection.recipe() != tied.connection.recipe())
    wrong = fmt::format("they are of the types {} and {}", first.connection.recipe(), tied.connection.recipe());
  else if ((first.a == first.b) != (tied.a == tied.b))
    wrong = "only one of them is within a layer";
  else if (first.weights.shape() != tied.weights.shape())
    wrong = fmt::format("their weights are {} x {} and {} x {}{}", first.weights.rows(), first.weights.columns(),
                        tied.weights.rows(), tied.weights.columns(),
                        first.weights.rows() == tied.weights.columns() && first.weights.columns() == tied.weights.rows()
                            ? "; name the layers of one of them in the other order"
                            : "");
  if (!wrong.empty())
    throw BadPipeline(
        fmt::format("'{}' and '{}' cannot share their weights '{}': {}", between(first), between(tied), name, wrong));
  tied.weights = first.weights;
}

Index Network::leader(Index number) const {
  const std::string& tied = link(number).tied;
  if (tied.empty()) return number;
  return std::find_if(links_.begin(), links_.end(), [&](const Link& other) { return other.tied == tied; }) -
         links_.begin();
}

void Network::share_tied() {
  for (Index i = 0; i < static_cast<Index>(links_.size()); ++i) {
    const Index first = leader(i);
    if (first != i)
      std::copy_n(link(first).weights.data<float>(), link(i).weights.size(), link(i).weights.data<float>());
  }
}

Index Network::find(const std::string& name) const {
  for (Index l = 0; l < size(); ++l)
    if (layer(l).name == name) return l;
  throw BadData(fmt::format("the model has no layer '{}'", name));
}

std::vector<Index> Network::visible() const {
  std::vector<Index> found;
  for (Index l = 0; l < size(); ++l)
    if (layer(l).visible) found.push_back(l);
  return found;
}

std::vector<Index> Network::hidden() const {
  std::vector<Index> found;
  for (Index l = 0; l < size(); ++l)
    if (!layer(l).visible) found.push_back(l);
  return found;
}

Ends Network::ends(Index i) const {
  const Layer& a = layer(link(i).a);
  const Layer& b = layer(link(i).b);
  return {a.size, b.size, a.shape, b.shape, link(i).a == link(i).b, a.units->block(a.size), b.units->block(b.size)};
}

const std::vector<std::vector<Index>>& Network::colours() const {
  if (!colours_.empty() || layers_.empty()) return colours_;
  std::vector<std::pair<Index, Index>> edges;
  for (const Link& link : links_) edges.emplace_back(link.a, link.b);
  std::vector<Index> order = visible();
  for (Index l : hidden()) order.push_back(l);
  const std::vector<Index> colour = colour_graph(size(), edges, order);
  colours_.resize(static_cast<std::size_t>(*std::max_element(colour.begin(), colour.end()) + 1));
  for (Index l = 0; l < size(); ++l)
    colours_[static_cast<std::size_t>(colour[static_cast<std::size_t>(l)])].push_back(l);
  return colours_;
}

bool Network::joined_within(Index l) const {
  return std::any_of(links_.begin(), links_.end(), [&](const Link& link) { return link.a == l && link.b == l; });
}

bool Network::hidden_independent() const {
  return std::none_of(links_.begin(), links_.end(),
                      [&](const Link& link) { return !layer(link.a).visible && !layer(link.b).visible; });
}

double Network::root_mean_square_weight() const {
  double squares = 0, count = 0;
  for (const Link& link : links_) {
    for (const float weight : link.weights.values<float>())
      squares += static_cast<double>(weight) * static_cast<double>(weight);
    count += static_cast<double>(link.weights.size());
  }
  return std::sqrt(squares / std::max(1.0, count));
}

ModelSpec Network::spec() const {
  ModelSpec spec;
  for (const Layer& layer : layers_) {
    const Span<const double> states = layer.units->states();
    spec.layers.push_back({layer.name,
                           layer.size,
                           layer.shape,
                           layer.units.type(),
                           layer.visible,
                           layer.part,
                           {states.begin(), states.end()},
                           layer.units->quadratic() != nullptr,
                           layer.units->exact(),
                           layer.by_channel,
                           layer.units->parameters().size});
  }
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    const Ends joined = ends(static_cast<Index>(i));
    // Within a layer weights are symmetric, and units of one block are not joined.
    const Index learned =
        joined.within ? joined.a_size * (joined.a_size - joined.a_block) / 2 : static_cast<Index>(link.weights.size());
    spec.links.push_back({link.a, link.b, link.connection.type(), link.weights.shape(), learned, link.tied});
  }
  spec.certified = certificate() != nullptr;
  return spec;
}

void Network::visit(Visitor& visitor) {
  visitor("layers", layers_);
  visitor("links", links_);
  visitor("certificate", certificate_);
  visitor("caveat", caveat_);
  if (!visitor.loading()) return;
  colours_.clear();
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const Link& link = links_[i];
    if (link.a < 0 || link.a >= size() || link.b < 0 || link.b >= size())
      throw BadData("a connection of the model joins layers that it does not have");
    Index rows = 0, columns = 0;
    link.connection->shape(ends(static_cast<Index>(i)), rows, columns);
    if (link.weights.element() != Element::float32 || link.weights.rows() != rows || link.weights.columns() != columns)
      throw BadData(fmt::format("the weights between '{}' and '{}' are {}x{}, expected {}x{}", layer(link.a).name,
                                layer(link.b).name, link.weights.rows(), link.weights.columns(), rows, columns));
    if (link.weights.shape() != links_[static_cast<std::size_t>(leader(static_cast<Index>(i)))].weights.shape())
      throw BadData(fmt::format("connections of the model that share their weights '{}' have other shapes", link.tied));
  }
}

void share_by_channel(const Layer& layer, View<float> values) {
  if (!layer.by_channel) return;
  const Index channels = layer.shape.size() == 3 ? layer.shape.front() : 1, units = layer.size / channels;
  for (Index k = 0; k < values.rows; ++k)
    for (Index c = 0; c < channels; ++c) {
      const Span<float> own = values.row(k).part(c * units, units);
      double sum = 0;
      for (const float value : own) sum += static_cast<double>(value);
      std::fill_n(own.data, own.size, static_cast<float>(sum / static_cast<double>(units)));
    }
}

void check_data(const Network& network, const Dataset& data) {
  if (data.rows() == 0) throw BadData("the data have no rows");
  for (const Layer& layer : network.layers())
    if (layer.visible) layer.units->check(summarise(data, data.part(layer.part)).view());
}

}  // namespace harmonium
