#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "harmonium/chains.hpp"
#include "harmonium/energy.hpp"
#include "harmonium/learner.hpp"
#include "harmonium/parallel.hpp"
#include "kernel/network/stationary.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// connection.convolution, and machines with it.
namespace harmonium::testing {
namespace {

/// A convolution of some size, and the two layers that it joins.
struct Case {
  Index channels, rows, columns, kernel_rows, kernel_columns, pool, maps;

  Index map_rows() const { return rows - kernel_rows + 1; }
  Index map_columns() const { return columns - kernel_columns + 1; }
  Index patch() const { return channels * kernel_rows * kernel_columns; }
  Tensor::Shape image() const { return {channels, rows, columns}; }
  Tensor::Shape hidden() const { return {maps, map_rows() / pool, map_columns() * pool}; }
  std::string recipe() const {
    return "{use: connection.convolution, with: {kernel: [" + std::to_string(kernel_rows) + ", " +
           std::to_string(kernel_columns) + "], pool: " + std::to_string(pool) + "}}";
  }
  std::string units() const {
    return pool == 1 ? "units.bernoulli"
                     : "{use: units.at_most_one, with: {block: " + std::to_string(pool * pool) + "}}";
  }

  /// The number, within the hidden layer, of the unit of map m at position (i, j).
  Index unit(Index m, Index i, Index j) const {
    const Index pools_across = map_columns() / pool;
    const Index of_pool = (i / pool) * pools_across + j / pool;
    return m * map_rows() * map_columns() + of_pool * pool * pool + (i % pool) * pool + j % pool;
  }
  /// The number of the pixel that it sees at (r, s) of its kernel in a channel, and that of the weight.
  Index pixel(Index channel, Index i, Index j, Index r, Index s) const {
    return (channel * rows + i + r) * columns + j + s;
  }
  Index weight(Index channel, Index r, Index s) const { return (channel * kernel_rows + r) * kernel_columns + s; }
  /// Every pair of a hidden unit and a pixel that it sees.
  template <class Visit>
  void each_pair(Visit visit) const {
    for (Index m = 0; m < maps; ++m)
      for (Index i = 0; i < map_rows(); ++i)
        for (Index j = 0; j < map_columns(); ++j)
          for (Index c = 0; c < channels; ++c)
            for (Index r = 0; r < kernel_rows; ++r)
              for (Index s = 0; s < kernel_columns; ++s) visit(pixel(c, i, j, r, s), unit(m, i, j), weight(c, r, s), m);
  }
  Network network() const {
    load_plugins();
    Network made;
    const auto size = [](const Tensor::Shape& shape) { return shape[0] * shape[1] * shape[2]; };
    made.add({"visible", make_value<Units>("units.bernoulli"), size(image()), image(), true, "features", {}, true});
    made.add({"hidden", make_value<Units>(units()), size(hidden()), hidden(), false, "", {}, true});
    made.connect(make_value<Connection>(recipe()), 0, 1);
    return made;
  }
};

/// Numbers of both signs.
template <class T>
Tensor random_numbers(Index rows, Index columns, std::uint64_t seed) {
  Tensor floats = Tensor::matrix(rows, columns), numbers = Tensor::of<T>({rows, columns});
  normal(Stream{seed}, floats.view());
  std::copy_n(floats.data<float>(), floats.size(), numbers.template data<T>());
  return numbers;
}

class Laws : public ::testing::TestWithParam<Case> {};

/// What a range of units of one end is given, in every way: all of it and two parts, added or not, scaled.
template <class T, class Give>
void expect_ranges(View<const T> expected, Index cut, double tolerance, Give give) {
  for (const auto& [first, count] : {std::pair<Index, Index>{0, expected.columns}, {0, cut}, {cut, expected.columns}})
    for (const bool add : {false, true}) {
      const Index units = first == cut ? expected.columns - cut : count;
      if (units == 0) continue;
      const T scale = T(0.5);
      Tensor out = random_numbers<T>(expected.rows, units, 5);
      const Tensor before = out;
      give(first, out.view<T>(), scale, add);
      double worst = 0;
      for (Index i = 0; i < expected.rows; ++i)
        for (Index j = 0; j < units; ++j)
          worst = std::max(worst,
                           static_cast<double>(std::abs(out.template view<T>()(i, j) - scale * expected(i, first + j) -
                                                        (add ? before.template view<T>()(i, j) : T(0)))));
      EXPECT_LT(worst, tolerance) << units << " units from " << first << (add ? ", added" : "");
    }
}

template <class T>
void expect_inputs(const Case& at, Index batch, double tolerance) {
  const Network network = at.network();
  const Ends ends = network.ends(0);
  const Connection& connection = *network.link(0).connection;
  const Tensor w = random_numbers<T>(at.patch(), at.maps, 1);
  const Tensor a = random_numbers<T>(batch, ends.a_size, 2), b = random_numbers<T>(batch, ends.b_size, 3);
  Tensor to_a = Tensor::of<T>({batch, ends.a_size}), to_b = Tensor::of<T>({batch, ends.b_size});
  for (Index row = 0; row < batch; ++row)
    at.each_pair([&](Index pixel, Index unit, Index weight, Index map) {
      const T value = w.view<T>()(weight, map);
      to_b.view<T>()(row, unit) += value * a.view<T>()(row, pixel);
      to_a.view<T>()(row, pixel) += value * b.view<T>()(row, unit);
    });
  const auto cut_b = ends.b_size / 3 / ends.b_block * ends.b_block;
  expect_ranges<T>(View<const T>(to_b.view<T>()), cut_b, tolerance, [&](Index first, View<T> out, T scale, bool add) {
    connection.to_b(ends, w.view<T>(), a.view<T>(), first, out, scale, add);
  });
  expect_ranges<T>(View<const T>(to_a.view<T>()), ends.a_size / 3, tolerance,
                   [&](Index first, View<T> out, T scale, bool add) {
                     connection.to_a(ends, w.view<T>(), b.view<T>(), first, out, scale, add);
                   });
}

TEST_P(Laws, InputsAreThoseOfAConvolutionWrittenOutInLoops) {
  for (const Index batch : {1, 3, 19}) {
    expect_inputs<float>(GetParam(), batch, 1e-4);
    expect_inputs<double>(GetParam(), batch, 1e-11);
  }
}

TEST_P(Laws, GradientsAreSumsOverPairsInPanelsThatCoverThemOnce) {
  const Case& at = GetParam();
  const Network network = at.network();
  const Ends ends = network.ends(0);
  for (const Index batch : {1, 5, 67}) {
    const Tensor a = random_numbers<float>(batch, ends.a_size, 2), b = random_numbers<float>(batch, ends.b_size, 3);
    Tensor expected = Tensor::of<double>({at.patch(), at.maps});
    for (Index row = 0; row < batch; ++row)
      at.each_pair([&](Index pixel, Index unit, Index weight, Index map) {
        expected.view<double>()(weight, map) +=
            static_cast<double>(a.view()(row, pixel)) * static_cast<double>(b.view()(row, unit));
      });
    Tensor gradient = random_numbers<float>(at.patch(), at.maps, 4), received = gradient;
    for (float& value : received.values<float>()) value = 0;
    struct Closure {
      View<float> received;
    } closure{received.view()};
    network.link(0).connection->correlate(ends, a.view(), b.view(), 0.25F, gradient.view(),
                                          {[](void* context, View<float> panel, Index row, Index column) {
                                             for (Index i = 0; i < panel.rows; ++i)
                                               for (Index j = 0; j < panel.columns; ++j)
                                                 static_cast<Closure*>(context)->received(row + i, column + j) +=
                                                     panel(i, j);
                                           },
                                           &closure});
    // Rounding of sums of so many products of standard normal numbers.
    const double tolerance = 1e-6 * static_cast<double>(batch * at.map_rows() * at.map_columns()) + 1e-5;
    for (Index k = 0; k < gradient.size(); ++k) {
      EXPECT_NEAR(gradient.data<float>()[k], 0.25 * expected.data<double>()[k], tolerance);
      EXPECT_EQ(gradient.data<float>()[k], received.data<float>()[k]);
    }
  }
  EXPECT_EQ(network.link(0).connection->uses(ends), at.map_rows() * at.map_columns());
}

TEST_P(Laws, BitsDoNotDependOnTheNumberOfThreads) {
  const Network network = GetParam().network();
  const Ends ends = network.ends(0);
  const Tensor w = random_numbers<float>(GetParam().patch(), GetParam().maps, 1);
  const Tensor a = random_numbers<float>(70, ends.a_size, 2), b = random_numbers<float>(70, ends.b_size, 3);
  const int before = threads();
  std::vector<Tensor> found[2];
  // The team first: the first product of all is then one within it.
  for (const int team : {2, 1}) {
    set_threads(team);
    Tensor up = Tensor::matrix(70, ends.b_size), down = Tensor::matrix(70, ends.a_size), gradient = w;
    network.link(0).connection->to_b(ends, w.view(), a.view(), 0, up.view(), 1, false);
    network.link(0).connection->to_a(ends, w.view(), b.view(), 0, down.view(), 1, false);
    network.link(0).connection->correlate(ends, a.view(), b.view(), 1, gradient.view(),
                                          {[](void*, View<float>, Index, Index) {}, nullptr});
    for (Tensor* tensor : {&up, &down, &gradient}) found[team - 1].push_back(std::move(*tensor));
  }
  set_threads(before);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(same_bits(found[0][i], found[1][i])) << i;
}

INSTANTIATE_TEST_SUITE_P(Convolution, Laws,
                         ::testing::Values(Case{1, 5, 4, 2, 3, 1, 3},       // not square
                                           Case{3, 6, 7, 3, 2, 2, 2},       // several channels, pools
                                           Case{2, 9, 5, 1, 3, 3, 1},       // a kernel of one row
                                           Case{1, 4, 4, 4, 4, 1, 5},       // one position: a dense connection
                                           Case{1, 22, 23, 5, 4, 2, 2},     // a sample at a time
                                           Case{2, 20, 21, 3, 3, 1, 3},     // where the maps lie in place
                                           Case{1, 14, 15, 5, 5, 1, 20}));  // many maps

std::string refused(const std::string& connection, const Tensor::Shape& image, const Tensor::Shape& maps,
                    const std::string& units = "units.bernoulli") {
  load_plugins();
  const auto size = [](const Tensor::Shape& shape) {
    Index product = 1;
    for (const Index extent : shape) product *= extent;
    return product;
  };
  Network network;
  network.add({"image", make_value<Units>("units.bernoulli"), size(image), image, true, "features", {}});
  network.add({"maps", make_value<Units>(units), size(maps), maps, false, "", {}});
  return message_of([&] { network.connect(make_value<Connection>(connection), 0, 1); });
}

TEST(Convolution, SaysWhyLayersCannotBeJoined) {
  const auto with = [](const std::string& text) { return "{use: connection.convolution, with: {" + text + "}}"; };
  EXPECT_EQ(refused(with("kernel: [3]"), {5, 5}, {1, 3, 3}), "a kernel is [rows, columns], got 1 numbers");
  EXPECT_EQ(refused(with("kernel: [3, 3]"), {}, {1, 3, 3}),
            "connection.convolution begins at an image: its first layer needs a shape, [rows, columns] or [channels, "
            "rows, columns]");
  EXPECT_EQ(refused(with("kernel: [6, 3]"), {5, 5}, {1, 3, 3}),
            "a kernel of 6 x 3 does not fit into an image of 5 x 5");
  EXPECT_EQ(refused(with("kernel: [4, 5], pool: 2"), {8, 8}, {1, 2, 8}),
            "maps of 5 x 4 positions cannot be cut into pools of 2 x 2; kernels of 3 or 5 rows and 5 columns would do");
  EXPECT_EQ(refused(with("kernel: [3, 3]"), {5, 5}, {2, 4, 3}),
            "the second layer of this convolution has the shape [maps, 3, 3], got [2, 4, 3]");
  EXPECT_EQ(refused(with("kernel: [3, 3], pool: 2"), {6, 6}, {2, 2, 8}, "{use: units.at_most_one, with: {block: 2}}"),
            "a pool has 4 units, but blocks of 2 are drawn together in the second layer");
  Network lateral;
  load_plugins();
  lateral.add({"image", make_value<Units>("units.bernoulli"), 25, {5, 5}, true, "features", {}});
  EXPECT_EQ(message_of([&] { lateral.connect(make_value<Connection>(with("kernel: [3, 3]")), 0, 0); }),
            "connection.convolution joins two layers; the units of one are joined by connection.lateral");
}

/// Every state of the hidden layer of a small machine: pools of which at most one unit is on.
std::vector<std::vector<double>> hidden_states(const Case& at) {
  const Index units = at.maps * at.map_rows() * at.map_columns(), block = at.pool * at.pool;
  std::vector<std::vector<double>> states = {{}};
  while (static_cast<Index>(states.front().size()) < units) {
    std::vector<std::vector<double>> longer;
    for (const auto& state : states)
      for (Index on = 0; on <= block; ++on) {
        longer.push_back(state);
        for (Index k = 0; k < block; ++k) longer.back().push_back(k == on ? 1 : 0);
      }
    states = std::move(longer);
  }
  return states;
}

std::vector<std::vector<double>> visible_states(const Case& at) {
  const Index units = at.channels * at.rows * at.columns;
  std::vector<std::vector<double>> states;
  for (Index code = 0; code < (Index{1} << units); ++code) {
    states.emplace_back();
    for (Index j = 0; j < units; ++j) states.back().push_back((code >> j) & 1 ? 1 : 0);
  }
  return states;
}

/// A machine with one bias a map and one for all of a channel, drawn at random.
Network random_machine(const Case& at, std::uint64_t seed, double deviation = 0.8) {
  Network network = at.network();
  randomise(network, deviation, seed);
  for (Index l = 0; l < 2; ++l) {
    Layer& layer = network.layer(l);
    const Index units = layer.size / layer.shape[0];
    float* biases = layer.parameters.data<float>();
    for (Index j = 0; j < layer.size; ++j) biases[j] = biases[j / units * units];
  }
  return network;
}

double energy_by_loops(const Case& at, const Network& network, const std::vector<double>& v,
                       const std::vector<double>& h) {
  double energy = 0;
  const auto number = [](Index i) { return static_cast<std::size_t>(i); };
  for (std::size_t j = 0; j < v.size(); ++j)
    energy -= v[j] * static_cast<double>(network.layer(0).parameters.data<float>()[j]);
  for (std::size_t j = 0; j < h.size(); ++j)
    energy -= h[j] * static_cast<double>(network.layer(1).parameters.data<float>()[j]);
  at.each_pair([&](Index pixel, Index unit, Index weight, Index map) {
    energy -= v[number(pixel)] * h[number(unit)] * static_cast<double>(network.link(0).weights.view()(weight, map));
  });
  return energy;
}

double free_energy_by_loops(const Case& at, const Network& network, const std::vector<double>& v) {
  double sum = 0;
  for (const auto& h : hidden_states(at)) sum += std::exp(-energy_by_loops(at, network, v, h));
  return -std::log(sum);
}

template <class T>
Tensor as_matrix(const std::vector<std::vector<double>>& rows) {
  Tensor all = Tensor::of<T>({static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size())});
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      all.view<T>()(static_cast<Index>(i), static_cast<Index>(j)) = static_cast<T>(rows[i][j]);
  return all;
}

/// Small enough to enumerate: without pools, with pools, and with two channels that are not square.
const Case small[] = {{1, 3, 3, 2, 2, 1, 2}, {1, 3, 3, 2, 2, 2, 2}, {2, 1, 4, 1, 3, 1, 2}};

TEST(ConvolutionalRbm, HasTheEnergiesThatEnumerationGives) {
  for (const Case& at : small) {
    const Network network = random_machine(at, 11);
    const auto seen = visible_states(at), hidden = hidden_states(at);
    const Tensor visible = as_matrix<double>(seen), visible_floats = as_matrix<float>(seen);
    std::vector<double> free(seen.size()), in_floats(seen.size()), energies(hidden.size());
    free_energy(network, {visible.view<double>()}, free);
    free_energy(network, {visible_floats.view()}, in_floats);
    for (std::size_t i = 0; i < seen.size(); i += 7) {
      const double expected = free_energy_by_loops(at, network, seen[i]);
      EXPECT_NEAR(free[i], expected, 1e-10);
      EXPECT_NEAR(in_floats[i], expected, 1e-4);
    }
    const std::size_t chosen = seen.size() / 2 + 1;
    const Tensor same = as_matrix<double>(std::vector<std::vector<double>>(hidden.size(), seen[chosen]));
    const Tensor all = as_matrix<double>(hidden);
    energy(network, {same.view<double>(), all.view<double>()}, energies);
    for (std::size_t i = 0; i < hidden.size(); ++i)
      EXPECT_NEAR(energies[i], energy_by_loops(at, network, seen[chosen], hidden[i]), 1e-10);
  }
}

const std::vector<std::vector<double>>& some_rows(const Case& at) {
  static std::map<Index, std::vector<std::vector<double>>> kept;
  auto& rows = kept[at.channels * at.rows * at.columns];
  if (!rows.empty()) return rows;
  const auto all = visible_states(at);
  for (std::size_t i = 1; i < 6; ++i) rows.push_back(all[i * 97 % all.size()]);
  return rows;
}

double log_likelihood(const Network& network, const Case& at) {
  // Free energies are right by the test above.
  const auto all = visible_states(at);
  const Tensor states = as_matrix<double>(all), rows = as_matrix<double>(some_rows(at));
  std::vector<double> of_states(all.size()), of_rows(some_rows(at).size());
  free_energy(network, {states.view<double>()}, of_states);
  free_energy(network, {rows.view<double>()}, of_rows);
  double z = 0, sum = 0;
  for (const double f : of_states) z += std::exp(-f);
  for (const double f : of_rows) sum -= f / static_cast<double>(of_rows.size());
  return sum - std::log(z);
}

/// One step of rate 1 with exact statistics.
Network gradient_step(const Network& network, const Case& at) {
  const auto all = visible_states(at);
  const auto& rows = some_rows(at);
  const auto clamped = static_cast<Index>(rows.size()), free = static_cast<Index>(all.size());
  Network moved = network;
  Learner learner(moved, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, clamped, free);
  const auto show = [&](const std::vector<std::vector<double>>& states, View<float> visible, View<float> hidden) {
    for (std::size_t i = 0; i < states.size(); ++i)
      std::copy(states[i].begin(), states[i].end(), visible.row(static_cast<Index>(i)).data);
    hidden_mean(network, 1, {visible}, hidden);
  };
  show(rows, learner.clamped(0), learner.clamped(1));
  show(all, learner.free(0), learner.free(1));
  const Tensor states = as_matrix<double>(all);
  std::vector<double> of_states(all.size());
  free_energy(network, {states.view<double>()}, of_states);
  const std::vector<double> p = [&] {
    std::vector<double> weights;
    for (const double f : of_states) weights.push_back(std::exp(-f));
    return normalised(std::move(weights));
  }();
  const std::vector<float> weights(p.begin(), p.end());
  learner.weigh({}, weights);
  learner.step(moved, {}, clamped);
  return moved;
}

TEST(ConvolutionalRbm, StepsAlongTheExactGradientOfSharedWeightsAndBiases) {
  for (const Case& at : small) {
    Network network = random_machine(at, 5);
    const Network moved = gradient_step(network, at);
    constexpr float step = 1.0F / 128;
    /// `uses` values move together, and the step goes along the gradient over so many.
    const auto expect = [&](std::vector<float*> shared, float before, float after, double uses) {
      for (float* value : shared) *value = before + step;
      const double up = log_likelihood(network, at);
      for (float* value : shared) *value = before - step;
      const double down = log_likelihood(network, at);
      for (float* value : shared) *value = before;
      EXPECT_NEAR(static_cast<double>(after - before), (up - down) / (2 * static_cast<double>(step)) / uses, 1e-4);
    };
    const double positions = static_cast<double>(at.map_rows() * at.map_columns());
    Tensor& weights = network.link(0).weights;
    for (Index k = 0; k < weights.size(); ++k)
      expect({weights.data<float>() + k}, weights.data<float>()[k], moved.link(0).weights.data<float>()[k], positions);
    for (Index l = 0; l < 2; ++l) {
      Tensor& biases = network.layer(l).parameters;
      const Index units = network.layer(l).size / network.layer(l).shape[0];
      for (Index c = 0; c < network.layer(l).shape[0]; ++c) {
        std::vector<float*> shared;
        for (Index j = 0; j < units; ++j) {
          shared.push_back(biases.data<float>() + c * units + j);
          EXPECT_EQ(moved.layer(l).parameters.data<float>()[c * units + j],
                    moved.layer(l).parameters.data<float>()[c * units]);
        }
        expect(shared, *shared[0], moved.layer(l).parameters.data<float>()[c * units], static_cast<double>(units));
      }
    }
  }
}

TEST(ConvolutionalRbm, IsLeftUnchangedByBlockGibbsSampling) {
  const Case at = {1, 2, 3, 1, 2, 2, 1};
  const Network network = random_machine(at, 3, 1.0);
  const auto visible = visible_states(at), hidden = hidden_states(at);
  std::vector<double> law;
  std::vector<std::vector<std::vector<double>>> states;
  for (const auto& v : visible)
    for (const auto& h : hidden) {
      states.push_back({v, h});
      law.push_back(std::exp(-energy_by_loops(at, network, v, h)));
    }
  law = normalised(std::move(law));
  const auto sweep_of = [](const Network& swept) {
    return [&](Chains& chains) {
      chains.prepare(swept);
      make_value<Sampler>("sampler.gibbs")->sweep(swept, chains, {3, Stream{2}});
    };
  };
  EXPECT_LT(strangeness(network, {states, {law}}, sweep_of(network), 10000), 1);
  EXPECT_GT(strangeness(network, {states, {law}}, sweep_of(random_machine(at, 4, 1.0)), 10000), 2)
      << "the test would not notice a wrong conditional";
}

/// Short strokes, upright or level, anywhere in images of 6 x 6.
Dataset strokes(Index rows) {
  Tensor images = Tensor::matrix(rows, 36);
  for (Index i = 0; i < rows; ++i) {
    const auto place = [&](std::uint64_t which) {
      return static_cast<Index>(
          uniform_integer(Stream{9}.purpose("place").rows_from(static_cast<std::uint64_t>(3 * i) + which), 4));
    };
    const Index row = place(0), column = place(1);
    for (Index k = 0; k < 3; ++k)
      images.view()(i, place(2) < 2 ? (row + k) * 6 + column + 1 : (row + 1) * 6 + column + k) = 1;
  }
  DataSpec spec{rows, {{"features", 36, {6, 6}, PartSpec::Kind::real, {}}}};
  return stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(images))});
}

Network untrained(const Dataset& data, const Settings& settings) {
  FakeContext context;
  Settings all = {{"maps", std::int64_t{4}}, {"kernel", list({std::int64_t{3}, std::int64_t{3}})}};
  all.insert(all.end(), settings.begin(), settings.end());
  return get<Network>(run_registered("model.conv-rbm", all, FakeInputs().add("data", data), context), "model");
}

Network trained(const Network& model, const Dataset& data, const Settings& settings,
                const std::string& trainer = "trainer.cd") {
  FakeContext context;
  return get<Network>(run_registered(trainer, settings, FakeInputs().add("model", model).add("data", data), context),
                      "model");
}

/// The mean over maps and rows of data of the units' probabilities.
double mean_activity(const Network& model, const Dataset& data) {
  const Tensor rows = all_rows(data, "features");
  Tensor means = Tensor::matrix(rows.rows(), model.layer(1).size);
  hidden_mean(model, 1, {rows.view()}, means.view());
  double sum = 0;
  for (const float mean : means.values<float>()) sum += static_cast<double>(mean);
  return sum / static_cast<double>(means.size());
}

TEST(ConvolutionalRbm, IsDrawnToASparsityTarget) {
  const Dataset data = strokes(100);
  const auto with = [&](const char* cost) {
    return trained(
        untrained(data, {{"pool", std::int64_t{2}}}), data,
        {{"epochs", std::int64_t{30}},
         {"batch", std::int64_t{20}},
         {"update", "{use: update.sgd, with: {rate: 0.5}}"},
         {"penalties", list({std::string("{use: penalty.sparsity, with: {target: 0.03, cost: ") + cost + "}}"})}});
  };
  const double without = mean_activity(with("0"), data), drawn = mean_activity(with("5"), data);
  EXPECT_GT(std::abs(without - 0.03), 0.02);
  EXPECT_NEAR(drawn, 0.03, 0.01);
}

TEST(ConvolutionalRbm, BecomesLikelierWithTrainingAndKeepsOneBiasAMap) {
  // Nine images of 3 x 4 pixels, two neighbours of a row being on.
  Tensor images = Tensor::matrix(60, 12);
  for (Index i = 0; i < 60; ++i)
    for (Index k = 0; k < 2; ++k) images.view()(i, i % 9 / 3 * 4 + i % 3 + k) = 1;
  DataSpec spec{60, {{"features", 12, {3, 4}, PartSpec::Kind::real, {}}}};
  const Dataset data = stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(images))});
  const Case at = {1, 3, 4, 2, 3, 2, 4};
  const auto all = visible_states(at);
  const Tensor states = as_matrix<float>(all), rows = all_rows(data, "features");
  const auto likelihood = [&](const Network& model) {
    std::vector<double> of_states(all.size()), of_rows(60);
    free_energy(model, {states.view()}, of_states);
    free_energy(model, {rows.view()}, of_rows);
    double z = 0, sum = 0;
    for (const double f : of_states) z += std::exp(-f);
    for (const double f : of_rows) sum -= f / 60;
    return sum - std::log(z);
  };
  const Network before =
      untrained(data, {{"pool", std::int64_t{2}}, {"kernel", list({std::int64_t{2}, std::int64_t{3}})}});
  const Network after =
      trained(before, data,
              {{"epochs", std::int64_t{400}},
               {"batch", std::int64_t{20}},
               {"update", "{use: update.sgd, with: {rate: {use: schedule.linear, with: {from: 0.3, to: 0}}}}"}},
              "trainer.pcd");
  // All images are seen about as often: little more than -log 9 can be reached.
  EXPECT_GT(likelihood(after), likelihood(before) + 0.3);
  EXPECT_LT(likelihood(after), -std::log(9.0) + 0.05);
  for (Index l = 0; l < 2; ++l) {
    const Layer& layer = after.layer(l);
    const Index units = l == 0 ? 12 : 4;
    for (Index j = 0; j < layer.size; ++j)
      EXPECT_EQ(layer.parameters.data<float>()[j], layer.parameters.data<float>()[j / units * units]);
  }
  EXPECT_NE(after.layer(1).parameters.data<float>()[0], after.layer(1).parameters.data<float>()[4]);
}

TEST(ConvolutionalRbm, TakesTheImageFromTheDataAndItsBiasesFromTheirMeans) {
  const Dataset data = strokes(50);
  const Network shared = untrained(data, {}), own = untrained(data, {{"one_visible_bias", false}});
  const Network pooled = untrained(data, {{"pool", std::int64_t{2}}, {"hidden_bias", -1.5}});
  EXPECT_EQ(shared.layer(1).shape, (Tensor::Shape{4, 4, 4}));
  EXPECT_EQ(pooled.layer(1).shape, (Tensor::Shape{4, 2, 8}));
  EXPECT_EQ(shared.layer(1).units.type(), "units.bernoulli");
  EXPECT_EQ(pooled.layer(1).units.type(), "units.at_most_one");
  EXPECT_EQ(pooled.layer(1).units->block(64), 4);
  EXPECT_EQ(pooled.layer(1).parameters.data<float>()[0], -1.5F);
  EXPECT_EQ(pooled.link(0).weights.shape(), (Tensor::Shape{9, 4}));
  // Three of 36 pixels of an image are on: (3/36 * 50 + 1) / (50 + 2) as for binary units that have columns of their
  // own.
  const double p = (50 * 3 / 36.0 + 1) / 52;
  for (const float bias : shared.layer(0).parameters.values<float>()) EXPECT_NEAR(bias, std::log(p / (1 - p)), 1e-5);
  EXPECT_NE(own.layer(0).parameters.data<float>()[0], own.layer(0).parameters.data<float>()[8]);
}

std::vector<std::string> problems(const Settings& settings, const DataSpec* data) {
  Specs in, out;
  if (data) in.set<Dataset>("data", *data);
  registered("model.conv-rbm", settings)->outputs(in, out);
  std::vector<std::string> all;
  for (const auto& problem : out.problems()) all.push_back(problem.where + ": " + problem.message);
  return all;
}

TEST(ConvolutionalRbm, SaysBeforeTheRunWhatCannotBe) {
  const DataSpec image{10, {{"features", 64, {8, 8}, PartSpec::Kind::real, {}}}};
  const DataSpec flat{10, {{"features", 64, {}, PartSpec::Kind::real, {}}}};
  const auto kernel = [](std::int64_t rows, std::int64_t columns) { return list({rows, columns}); };
  const std::pair<std::string, Setting> maps = {"maps", std::int64_t{4}}, pool = {"pool", std::int64_t{2}};
  using Problems = std::vector<std::string>;
  EXPECT_TRUE(problems({maps, pool, {"kernel", kernel(5, 3)}}, &image).empty());
  EXPECT_TRUE(
      problems({maps, {"kernel", kernel(5, 3)}, {"image", list({std::int64_t{9}, std::int64_t{9}})}}, nullptr).empty());
  EXPECT_EQ(problems({maps, {"kernel", kernel(9, 3)}}, &image),
            Problems{"with.kernel: a kernel of 9 x 3 does not fit into an image of 8 x 8"});
  EXPECT_EQ(
      problems({maps, pool, {"kernel", kernel(4, 5)}}, &image),
      Problems{"with.kernel: maps of 5 x 4 positions cannot be cut into pools of 2 x 2; kernels of 3 or 5 rows and "
               "5 columns would do"});
  EXPECT_EQ(problems({maps, {"kernel", list({std::int64_t{3}})}}, &image),
            Problems{"with.kernel: a kernel is [rows, columns], got 1 numbers"});
  EXPECT_EQ(
      problems({maps, {"kernel", kernel(3, 3)}}, &flat),
      Problems{"with.image: 'features' of the data has no shape [rows, columns]; say here how its 64 values lie"});
  EXPECT_EQ(problems({maps, {"kernel", kernel(3, 3)}}, nullptr),
            Problems{"with.image: the shape of the image must be said where no data are connected"});
  EXPECT_EQ(problems({maps, {"kernel", kernel(3, 3)}, {"image", list({std::int64_t{9}, std::int64_t{9}})}}, &image),
            Problems{"in.data: layer 'visible' has 81 units, but 'features' of the data is 64 wide"});
  EXPECT_EQ(problems({maps, {"kernel", kernel(3, 3)}, {"part", "pixels"}}, &image),
            Problems{"with.part: the data have no part 'pixels'; their parts are 'features'"});
}

TEST(Networks, ShareParametersOverAChannelWhereTheyAreDeclaredTo) {
  load_plugins();
  const Dataset data = strokes(50);
  const auto declared = [&](const char* shape, const char* shared) {
    FakeContext context;
    const std::string layer = std::string("{name: v, visible: true, shape: ") + shape + ", by_channel: " + shared + "}";
    return get<Network>(
        run_registered("model.network", {{"layers", list({detail::make_value("layer", layer.c_str())})}},
                       FakeInputs().add("data", data), context),
        "model");
  };
  const Network own = declared("[6, 6]", "false"), one = declared("[6, 6]", "true"),
                two = declared("[2, 3, 6]", "true");
  const auto bias = [](const Network& network, Index j) { return network.layer(0).parameters.data<float>()[j]; };
  EXPECT_NE(bias(own, 0), bias(own, 8));
  for (Index j = 0; j < 36; ++j) {
    EXPECT_EQ(bias(one, j), bias(one, 0));
    EXPECT_EQ(bias(two, j), bias(two, j / 18 * 18));
  }
  EXPECT_NE(bias(two, 0), bias(two, 18));
  Tensor values = Tensor::matrix(1, 36);
  values.data<float>()[3] = 36;
  Tensor halves = values;
  share_by_channel(one.layer(0), values.view());
  share_by_channel(two.layer(0), halves.view());
  EXPECT_EQ(values.data<float>()[35], 1);
  EXPECT_EQ(halves.data<float>()[17], 2);
  EXPECT_EQ(halves.data<float>()[18], 0);
}

}  // namespace
}  // namespace harmonium::testing
