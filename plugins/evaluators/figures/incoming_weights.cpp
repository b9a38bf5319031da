#include "incoming_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "harmonium/errors.hpp"
#include "tile.hpp"

namespace harmonium::figures {
namespace {

/// out = what hidden states contribute to the input of a visible layer.
void project(const Network& model, Index visible, Index hidden, View<const float> states, View<float> out) {
  bool any = false;
  for (Index i = 0; i < static_cast<Index>(model.links().size()); ++i) {
    const Link& link = model.link(i);
    if (link.a == visible && link.b == hidden)
      link.connection->to_a(model.ends(i), link.weights.view(), states, 0, out, 1, any);
    else if (link.a == hidden && link.b == visible)
      link.connection->to_b(model.ends(i), link.weights.view(), states, 0, out, 1, any);
    else
      continue;
    any = true;
  }
  if (!any)
    throw BadData(fmt::format("the layers '{}' and '{}' are not joined, so there are no weights to draw",
                              model.layer(visible).name, model.layer(hidden).name));
}

}  // namespace

std::vector<Index> different_units(const Network& model) {
  if (model.hidden().empty()) throw BadData("the model has no hidden layer whose weights could be drawn");
  const Layer& layer = model.layer(model.hidden().front());
  const bool alike = layer.by_channel && layer.shape.size() == 3;
  const Index count = alike ? layer.shape[0] : layer.size;
  std::vector<Index> units;
  for (Index i = 0; i < count; ++i) units.push_back(i * (layer.size / count));
  return units;
}

Tensor incoming_weights(const std::vector<const Network*>& models) {
  std::vector<Index> visible, hidden;
  for (const Network* model : models) {
    if (model->hidden().empty()) throw BadData("the model has no hidden layer whose weights could be drawn");
    hidden.push_back(model->hidden().front());
    visible.push_back(visible.empty() ? pictured_layer(*model) : model->visible().at(0));
    if (const std::size_t i = visible.size() - 1;
        i > 0 && model->layer(visible[i]).size != models[i - 1]->layer(hidden[i - 1]).size)
      throw BadData(fmt::format("model {} has {} visible units, but model {} below it has {} hidden units", i + 1,
                                model->layer(visible[i]).size, i, models[i - 1]->layer(hidden[i - 1]).size));
  }
  const Index size = models.back()->layer(hidden.back()).size;
  const std::vector<Index> chosen = different_units(*models.back());
  const auto units = static_cast<Index>(chosen.size());
  Tensor weights = Tensor::matrix(units, models.front()->layer(visible.front()).size);
  // One unit on and all others off is that unit's weights, whatever the connection is.
  constexpr Index block = 256;
  for (Index first = 0; first < units; first += block) {
    const Index count = std::min(block, units - first);
    Tensor states = Tensor::matrix(count, size);
    for (Index i = 0; i < count; ++i) states.view()(i, chosen[static_cast<std::size_t>(first + i)]) = 1;
    for (std::size_t m = models.size(); m-- > 1;) {
      Tensor below = Tensor::matrix(count, models[m]->layer(visible[m]).size);
      project(*models[m], visible[m], hidden[m], states.view(), below.view());
      states = std::move(below);
    }
    project(*models[0], visible[0], hidden[0], states.view(), weights.view().row_range(first, count));
  }
  return weights;
}

Tensor cut_to_window(View<const float> images, Tensor::Shape& shape) {
  const Index channels = shape.size() == 3 ? shape[0] : 1, rows = shape[shape.size() - 2], columns = shape.back();
  Index top = rows, bottom = -1, left = columns, right = -1;
  for (Index i = 0; i < images.rows; ++i)
    for (Index j = 0; j < images.columns; ++j) {
      if (images(i, j) == 0) continue;
      const Index row = j / columns % rows, column = j % columns;
      top = std::min(top, row);
      bottom = std::max(bottom, row);
      left = std::min(left, column);
      right = std::max(right, column);
    }
  if (bottom < top) {
    top = left = 0;
    bottom = rows - 1;
    right = columns - 1;
  }
  const Index high = bottom - top + 1, wide = right - left + 1;
  Tensor cut = Tensor::matrix(images.rows, channels * high * wide);
  for (Index i = 0; i < images.rows; ++i)
    for (Index c = 0; c < channels; ++c)
      for (Index row = 0; row < high; ++row)
        std::copy_n(&images(i, (c * rows + top + row) * columns + left), wide, &cut.view()(i, (c * high + row) * wide));
  shape[shape.size() - 2] = high;
  shape.back() = wide;
  return cut;
}

std::vector<Index> choose_rows(View<const float> matrix, Index count, bool largest) {
  std::vector<Index> rows(static_cast<std::size_t>(matrix.rows));
  std::iota(rows.begin(), rows.end(), Index{0});
  if (largest) {
    std::vector<double> norms(rows.size(), 0.0);
    for (Index i = 0; i < matrix.rows; ++i)
      for (const float weight : matrix.row(i))
        norms[static_cast<std::size_t>(i)] += static_cast<double>(weight) * static_cast<double>(weight);
    std::stable_sort(rows.begin(), rows.end(), [&](Index a, Index b) {
      return norms[static_cast<std::size_t>(a)] > norms[static_cast<std::size_t>(b)];
    });
  }
  rows.resize(static_cast<std::size_t>(std::min(count, matrix.rows)));
  return rows;
}

}  // namespace harmonium::figures
