#include "row_energies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "annealed/ais.hpp"
#include "harmonium/bottom_up.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/registry.hpp"
#include "harmonium/shown.hpp"
#include "harmonium/stored_rows.hpp"
#include "shown_rows.hpp"

namespace harmonium {
namespace {

/// The hidden layers, with the fewest units, whose states are added up so that the other hidden layers can be summed
/// out: none where all can be; nothing where those layers have more than so many units of two states.
std::optional<std::vector<Index>> to_add_up(const ModelSpec& model) {
  std::vector<Index> hidden;
  for (std::size_t l = 0; l < model.layers.size(); ++l)
    if (!model.layers[l].visible) hidden.push_back(static_cast<Index>(l));
  constexpr std::size_t most_layers = 12;
  if (model.hidden_independent()) return std::vector<Index>{};
  if (hidden.size() > most_layers) return std::nullopt;
  std::optional<std::vector<Index>> best;
  Index fewest = most_added_up + 1;
  for (std::uint32_t set = 1; set < std::uint32_t{1} << hidden.size(); ++set) {
    ModelSpec shown = model;
    std::vector<Index> side;
    Index units = 0;
    for (std::size_t h = 0; h < hidden.size(); ++h) {
      if ((set >> h & 1) == 0) continue;
      LayerSpec& layer = shown.layers[static_cast<std::size_t>(hidden[h])];
      layer.visible = true;
      side.push_back(hidden[h]);
      units += layer.two_states() ? layer.size : most_added_up + 1;
    }
    if (units >= fewest || !shown.hidden_independent()) continue;
    fewest = units;
    best = side;
  }
  return best;
}

/// theta_0 += input, through the parameter that comes first, which it is proportional to.
void add_to_bias(const Layer& layer, View<const float> input, View<float> parameters) {
  const Units& units = *layer.units;
  const Index statistics = units.statistics();
  Tensor before = Tensor::matrix(statistics, input.columns), after = Tensor::matrix(statistics, input.columns);
  units.natural(parameters, before.view());
  for (float& bias : parameters.row(0)) bias += 1;
  units.natural(parameters, after.view());
  for (Index j = 0; j < input.columns; ++j) {
    for (Index s = 1; s < statistics; ++s)
      if (before.view()(s, j) != after.view()(s, j))
        throw RunFailed(
            fmt::format("{} of layer '{}' have no bias by itself, so that they cannot be annealed given a "
                        "row",
                        layer.units.type(), layer.name));
    const float slope = after.view()(0, j) - before.view()(0, j);
    parameters(0, j) += input(0, j) / slope - 1;
  }
}

/// The context of a node, for an estimate that is made for one row.
class OfRow final : public Context {
 public:
  OfRow(Context& context, std::string name) : context_(context), name_(std::move(name)) {}
  Stream stream(Text purpose) override { return context_.stream(name_).purpose(purpose); }
  void progress(double done, double total, Text, Steps) override { share = done / total; }
  void metric(Text, double, Text) override {}
  void warn(Text) override {}
  Tensor on_disk(Text name, Element element, Span<const Index> shape) override {
    return context_.on_disk(name, element, shape);
  }

  double share = 0;  ///< of the work that is done

 private:
  Context& context_;
  std::string name_;
};

class Given final : public Inputs {
 public:
  Given(const Network& model, const Dataset& data) : model_(model), data_(data) {}
  Index count(Text) const override { return 1; }
  const void* fetch(Text port, Index) const override {
    return std::string(port) == "model" ? static_cast<const void*>(&model_) : &data_;
  }
  Text label(Text, Index) const override { return ""; }

 private:
  const Network& model_;
  const Dataset& data_;
};

}  // namespace

/// Free energies by sums over all states of some hidden layers, the others being summed out in closed form.
class RowEnergies::AddedUp {
 public:
  AddedUp(const Network& model, std::vector<Index> side)
      : model_(model), shown_(model.visible()), side_(std::move(side)) {
    for (const Index l : side_) {
      model_.layer(l).visible = true;
      units_ += model_.layer(l).size;
    }
  }

  /// `visible` is of the model's own visible layers, in their order.
  void of(const std::vector<View<const float>>& visible, Span<double> energies) const {
    if (side_.empty()) return free_energy(model_, visible, energies);
    for (Index i = 0; i < energies.size; ++i) {
      std::vector<Span<const float>> row;
      for (const View<const float>& view : visible) row.push_back(view.row(i));
      energies[i] = of_row(row);
    }
  }

  /// Of rows that take a fraction of a second together.
  Index rows_at_once() const {
    constexpr Index rows = 1000, states = 4096;
    return std::min(rows, std::max<Index>(1, states >> units_));
  }

 private:
  double of_row(const std::vector<Span<const float>>& row) const {
    constexpr Index block = 4096;
    const Index all = Index{1} << units_;
    std::vector<double> energies(static_cast<std::size_t>(all));
    for (Index first = 0; first < all; first += block) {
      const Index count = std::min(block, all - first);
      std::vector<Tensor> states;
      std::vector<View<const double>> views;
      for (const Index l : model_.visible()) {
        const Layer& layer = model_.layer(l);
        states.push_back(Tensor::of<double>({count, layer.size}));
        const View<double> state = states.back().view<double>();
        const auto shown = std::find(shown_.begin(), shown_.end(), l);
        const Index bit = bit_of(l);
        for (Index i = 0; i < count; ++i)
          for (Index j = 0; j < layer.size; ++j)
            state(i, j) = shown != shown_.end()
                              ? static_cast<double>(row[static_cast<std::size_t>(shown - shown_.begin())][j])
                              : layer.units->states()[(first + i) >> (bit + j) & 1];
      }
      for (const Tensor& state : states) views.push_back(state.view<double>());
      free_energy(model_, views, {energies.data() + first, count});
    }
    const double least = *std::min_element(energies.begin(), energies.end());
    double sum = 0;
    for (const double each : energies) sum += std::exp(least - each);
    return least - std::log(sum);
  }

  /// The bit of a state's number that tells the first unit of a layer that is added up.
  Index bit_of(Index layer) const {
    Index bit = 0;
    for (const Index l : side_) {
      if (l == layer) break;
      bit += model_.layer(l).size;
    }
    return bit;
  }

  Network model_;
  std::vector<Index> shown_, side_;
  Index units_ = 0;
};

/// One row whose hidden units are annealed.
class RowEnergies::Row {
 public:
  Row(const Network& model, const Dataset& data, Index row, Rows rows, const Annealing& how, const std::string& use,
      Context& context)
      : name_("row " + std::to_string(row) + use) {
    OfRow of_row(context, name_);
    ais_.runs = how.runs;
    ais_.temperatures = how.temperatures;
    ais_.burn_in = how.burn_in;
    ais_.tolerance = how.tolerance;
    ais_.rows_are_draws = true;
    ais_.sampler = make_value<Sampler>("sampler.gibbs");
    constexpr Index draws = 100, settling = 100;
    Chains chains(model, draws);
    chains.prepare(model);
    std::vector<std::uint8_t> held;
    for (const Layer& layer : model.layers()) held.push_back(layer.visible ? 1 : 0);
    for (const Index l : model.visible()) {
      const View<float> state = chains[l].state;
      data.read(data.part(model.layer(l).part), row, 1, state.row_range(0, 1));
      if (rows == Rows::states) demand_states(model.layer(l), state.row_range(0, 1), row);
      for (Index i = 1; i < draws; ++i) std::copy_n(state.row(0).data, state.columns, state.row(i).data);
    }
    add_hidden(model, chains, held);
    constant_ = energy_without_hidden(model, chains);
    // Draws given the row tell the base the rates of hidden units, and are where some chains begin.
    const Stream stream = of_row.stream("draws");
    bottom_up(model, chains, held, stream.purpose("up"), Draw::sample);
    ais_.sampler->sweep(model, chains, {settling, stream, held});
    keep_draws(model, chains);
    inputs_ = std::make_unique<Given>(given_, draws_);
    state_ = ais_.start(*inputs_, of_row);
  }

  bool advance(Context& context) {
    OfRow of_row(context, name_);
    const bool more = ais_.advance(state_, *inputs_, of_row);
    share_ = of_row.share;
    return more;
  }
  /// Of the work, how much is done.
  double share() const { return share_; }
  Certificate log_z() const { return ais_.judge(state_).certificate; }
  double constant() const { return constant_; }

 private:
  /// The hidden layers and what joins them to each other, with the row in their biases.
  void add_hidden(const Network& model, const Chains& chains, const std::vector<std::uint8_t>& visible) {
    std::vector<Index> number(static_cast<std::size_t>(model.size()), -1);
    for (const Index l : model.hidden()) {
      Layer layer = model.layer(l);
      Tensor input = Tensor::matrix(chains.rows(), layer.size);
      input_from(model, l, chains, visible, false, input.view());
      layer.visible = true;
      layer.part = layer.name;
      layer.by_channel = false;
      Tensor parameters = layer.parameters;
      add_to_bias(layer, std::as_const(input).view().row_range(0, 1), parameters.view());
      const Index added = number[static_cast<std::size_t>(l)] = given_.add(std::move(layer));
      given_.layer(added).parameters = std::move(parameters);
    }
    for (const Link& link : model.links()) {
      const Index a = number[static_cast<std::size_t>(link.a)], b = number[static_cast<std::size_t>(link.b)];
      if (a < 0 || b < 0) continue;
      const Index added = given_.connect(link.connection, a, b);
      given_.link(added).weights = link.weights;
    }
  }

  static double energy_without_hidden(const Network& model, const Chains& chains) {
    std::vector<Tensor> states;
    std::vector<View<const double>> views;
    for (Index l = 0; l < model.size(); ++l) {
      states.push_back(Tensor::of<double>({1, model.layer(l).size}));
      if (model.layer(l).visible)
        std::copy_n(chains[l].state.row(0).data, model.layer(l).size, states.back().data<double>());
    }
    for (const Tensor& state : states) views.push_back(state.view<double>());
    double result = 0;
    harmonium::energy(model, views, {&result, 1});
    return result;
  }

  void keep_draws(const Network& model, const Chains& chains) {
    DataSpec spec{chains.rows(), {}};
    std::vector<std::shared_ptr<const Tensor>> parts;
    for (const Index l : model.hidden()) {
      spec.parts.push_back({model.layer(l).name, model.layer(l).size, {}, PartSpec::Kind::real, {}});
      auto rows = std::make_shared<Tensor>(Tensor::matrix(chains.rows(), model.layer(l).size));
      for (Index i = 0; i < chains.rows(); ++i)
        std::copy_n(chains[l].state.row(i).data, rows->columns(), rows->view().row(i).data);
      parts.push_back(std::move(rows));
    }
    draws_ = stored_rows(std::move(spec), std::move(parts));
  }

  Ais ais_;
  std::string name_;
  double share_ = 0;
  Network given_;
  Dataset draws_;
  double constant_ = 0;
  std::unique_ptr<Given> inputs_;
  Ais::State state_;
};

bool has_exact_energies(const ModelSpec& model) { return to_add_up(model).has_value(); }

void RowEnergies::closed_form(const Network& model, const Dataset& data, Rows rows) {
  const auto first = static_cast<Index>(energy.size());
  const Index count = std::min(exact_->rows_at_once(), data.rows() - first);
  std::vector<Tensor> shown;
  std::vector<View<const float>> views;
  for (const Index l : model.visible()) {
    const Layer& layer = model.layer(l);
    shown.push_back(Tensor::matrix(count, layer.size));
    data.read(data.part(layer.part), first, count, shown.back().view());
    if (rows == Rows::states) demand_states(layer, shown.back().view(), first);
  }
  for (const Tensor& each : shown) views.push_back(each.view());
  energy.resize(static_cast<std::size_t>(first + count));
  exact_->of(views, {energy.data() + first, count});
  half.resize(energy.size(), 0.0);
  verdict.resize(energy.size(), "exact");
}

bool RowEnergies::go_on(const Network& model, const Dataset& data, Rows rows, const Annealing& how,
                        const std::string& use, Context& context) {
  const auto first = static_cast<Index>(energy.size());
  if (first == 0 && !row_) {
    if (data.rows() == 0) throw BadData("the data have no rows");
    check_known(model, data);
  }
  if (first == data.rows()) return false;
  if (!exact_ && !row_)
    if (std::optional<std::vector<Index>> side = to_add_up(model.spec()))
      exact_ = std::make_shared<AddedUp>(model, std::move(*side));
  if (exact_) {
    closed_form(model, data, rows);
  } else {
    if (!row_) row_ = std::make_shared<Row>(model, data, first, rows, how, use, context);
    const bool more = row_->advance(context);
    context.progress(static_cast<double>(first) + row_->share(), static_cast<double>(data.rows()), "rows");
    if (more) return true;
    const Certificate log_z = row_->log_z();
    energy.push_back(row_->constant() - log_z.log_z);
    half.push_back((log_z.high - log_z.low) / 2);
    verdict.push_back(log_z.verdict);
    row_.reset();
  }
  for (auto i = static_cast<std::size_t>(first); i < energy.size(); ++i)
    if (!std::isfinite(energy[i]))
      throw RunFailed(fmt::format("the energy of row {} is not finite: the model's parameters are too large", i + 1));
  context.progress(static_cast<double>(energy.size()), static_cast<double>(data.rows()), "rows");
  return static_cast<Index>(energy.size()) < data.rows();
}

}  // namespace harmonium
