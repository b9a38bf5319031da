#include <cairo.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "../../../plugins/evaluators/figures/incoming_weights.hpp"
#include "../../../plugins/evaluators/figures/sheet.hpp"
#include "harmonium/sampler.hpp"
#include "harmonium/snapshots.hpp"
#include "loaded.hpp"

namespace harmonium::testing {
namespace {

using Pixel = std::array<int, 3>;

/// A PNG file as pixels.
class Picture {
 public:
  explicit Picture(const File& file) {
    struct Reader {
      const unsigned char* at;
      std::size_t left;
    } reader{file.bytes.data<std::uint8_t>(), static_cast<std::size_t>(file.bytes.size())};
    cairo_surface_t* surface = cairo_image_surface_create_from_png_stream(
        [](void* closure, unsigned char* to, unsigned int count) {
          auto& from = *static_cast<Reader*>(closure);
          if (count > from.left) return CAIRO_STATUS_READ_ERROR;
          std::memcpy(to, from.at, count);
          from.at += count;
          from.left -= count;
          return CAIRO_STATUS_SUCCESS;
        },
        &reader);
    EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    width = cairo_image_surface_get_width(surface);
    height = cairo_image_surface_get_height(surface);
    const unsigned char* data = cairo_image_surface_get_data(surface);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        std::uint32_t word;
        std::memcpy(&word, data + y * cairo_image_surface_get_stride(surface) + 4 * x, 4);
        ++counts[{static_cast<int>(word >> 16 & 255), static_cast<int>(word >> 8 & 255), static_cast<int>(word & 255)}];
      }
    cairo_surface_destroy(surface);
  }
  int count(const Pixel& pixel) const { return counts.contains(pixel) ? counts.at(pixel) : 0; }

  int width = 0, height = 0;
  std::map<Pixel, int> counts;
};

bool same(const File& a, const File& b) {
  return a.bytes.size() == b.bytes.size() &&
         std::memcmp(a.bytes.raw(), b.bytes.raw(), static_cast<std::size_t>(a.bytes.bytes())) == 0;
}

File figure(const std::string& type, const Settings& settings, const Inputs& inputs, std::uint64_t seed = 42) {
  File file = get<File>(run_loaded(type, settings, inputs, seed), "figure");
  EXPECT_EQ(file.extension, "png");
  return file;
}

constexpr Pixel most_negative{5, 48, 97}, most_positive{103, 0, 31}, ink{0, 0, 0};
constexpr int bar = 10;  ///< pixels of one colour at an end of the colour bar

TEST(IncomingWeights, OfAStackAreTheProductOfTheWeights) {
  const Network first = make_rbm(6, 4, 1, 1), second = make_rbm(4, 3, 1, 2);
  const Tensor weights = figures::incoming_weights({&first, &second});
  ASSERT_EQ(weights.shape(), (Tensor::Shape{3, 6}));
  for (Index unit = 0; unit < 3; ++unit)
    for (Index pixel = 0; pixel < 6; ++pixel) {
      double sum = 0;
      for (Index h = 0; h < 4; ++h)
        sum += static_cast<double>(first.link(0).weights.view()(pixel, h)) * second.link(0).weights.view()(h, unit);
      EXPECT_NEAR(weights.view()(unit, pixel), sum, 1e-5);
    }
}

TEST(IncomingWeights, OfManyUnitsAreThoseOfEachByItself) {
  const Network model = make_rbm(3, 600, 1);
  const Tensor weights = figures::incoming_weights({&model});
  for (Index unit = 0; unit < 600; ++unit)
    for (Index pixel = 0; pixel < 3; ++pixel)
      EXPECT_FLOAT_EQ(weights.view()(unit, pixel), model.link(0).weights.view()(pixel, unit));
}

TEST(IncomingWeights, OfAConvolutionAreThoseOfOneUnitOfEachMapCutToItsKernel) {
  loaded("units.bernoulli");
  Network model;
  model.add({"image", make_value<Units>("units.bernoulli"), 24, {2, 3, 4}, true, "features", {}});
  model.add({"maps", make_value<Units>("units.bernoulli"), 12, {3, 2, 2}, false, "", {}, true});
  model.connect(make_value<Connection>("{use: connection.convolution, with: {kernel: [2, 3]}}"), 0, 1);
  for (Index k = 0; k < 36; ++k) model.link(0).weights.data<float>()[k] = static_cast<float>(k + 1);
  EXPECT_EQ(figures::different_units(model), (std::vector<Index>{0, 4, 8}));
  Tensor::Shape shape = model.layer(0).shape;
  const Tensor kernels = figures::cut_to_window(figures::incoming_weights({&model}).view(), shape);
  EXPECT_EQ(shape, (Tensor::Shape{2, 2, 3}));
  ASSERT_EQ(kernels.shape(), (Tensor::Shape{3, 12}));
  for (Index map = 0; map < 3; ++map)
    for (Index k = 0; k < 12; ++k) EXPECT_EQ(kernels.view()(map, k), model.link(0).weights.view()(k, map));
}

TEST(ChooseRows, TakesTheLargestFirst) {
  const Tensor rows = make_matrix({{1, 0}, {0, -5}, {3, 3}});
  EXPECT_EQ(figures::choose_rows(rows.view(), 2, true), (std::vector<Index>{1, 2}));
  EXPECT_EQ(figures::choose_rows(rows.view(), 2, false), (std::vector<Index>{0, 1}));
}

TEST(Tile, HasTheShapeOfTheLayerOrOfASquare) {
  std::vector<float> values(12);
  for (std::size_t i = 0; i < 12; ++i) values[i] = static_cast<float>(i);
  EXPECT_EQ(figures::make_tile(values, {3, 4}).rows, 3);
  const figures::Tile channels = figures::make_tile(values, {2, 3, 2});
  EXPECT_EQ(channels.columns, 4);
  EXPECT_EQ(channels.values[2], 6);  // the second channel begins beside the first
  const figures::Tile square = figures::make_tile({values.data(), 11}, {});
  EXPECT_EQ(square.rows, 3);
  EXPECT_EQ(square.columns, 4);
  EXPECT_EQ(square.values[10], 10);
  EXPECT_TRUE(std::isnan(square.values[11]));
}

TEST(WeightsFigure, DrawsEveryWeightAsASquareOfOneColour) {
  Network model = make_rbm(4, 1, 0, 1, {2, 2});
  model.link(0).weights.view()(0, 0) = 2;
  model.link(0).weights.view()(3, 0) = -2;
  FakeInputs inputs;
  inputs.add("model", model);
  const Picture picture(figure("figure.weights", {}, inputs));
  EXPECT_EQ(picture.count(most_positive) - bar, 42 * 42);
  EXPECT_EQ(picture.count(most_negative) - bar, 42 * 42);
}

TEST(WeightsFigure, IsTheSameFileForTheSameWeightsAndNoWiderThanAPage) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(784, 600, 1, 1, {28, 28}));
  const File file = figure("figure.weights", {{"tiles", std::int64_t{500}}}, inputs);
  EXPECT_TRUE(same(file, figure("figure.weights", {{"tiles", std::int64_t{500}}}, inputs)));
  EXPECT_LE(Picture(file).width, 1400);
}

TEST(WeightsFigure, SaysBeforeAnyWorkWhereAStackDoesNotFit) {
  Specs inputs;
  inputs.set<Network>("model", make_rbm(5, 4, 1).spec());
  inputs.set<Network>("model", make_rbm(3, 2, 1).spec());
  EXPECT_EQ(problems_of("figure.weights", {}, inputs),
            "in.model: model 2 has 3 visible units, but model 1 below it has 4 hidden units\n");
}

/// Visible units that are all joined, in a shape.
Network joined(Index size, const Tensor::Shape& shape) {
  loaded("units.bernoulli");
  Network model;
  model.add({"visible", make_value<Units>("units.bernoulli"), size, shape, true, "features", {}});
  model.connect(make_value<Connection>("connection.lateral"), 0, 0);
  return model;
}

TEST(CouplingsFigure, DrawsTheWeightsOfEveryVisibleUnitToTheOthersInItsPlace) {
  Network model = joined(6, {2, 3});
  model.link(0).weights.view()(0, 5) = model.link(0).weights.view()(5, 0) = 2;
  model.link(0).weights.view()(1, 2) = model.link(0).weights.view()(2, 1) = -2;
  FakeInputs one, two;
  one.add("model", model);
  two.add("model", model, "first").add("model", model, "second");
  const Picture picture(figure("figure.couplings", {}, one)), both(figure("figure.couplings", {}, two));
  // Every pair is drawn at both its ends, in squares of 28 pixels, 84 / 3.
  EXPECT_EQ(picture.count(most_positive) - bar, 2 * 28 * 28);
  EXPECT_EQ(picture.count(most_negative) - bar, 2 * 28 * 28);
  EXPECT_EQ(both.count(most_positive) - bar, 4 * 28 * 28);
  EXPECT_EQ(both.width, picture.width);
}

TEST(CouplingsFigure, DrawsHiddenUnitsOfSeveralMachinesOnOneScale) {
  Network small = make_rbm(4, 1, 0, 1, {2, 2}), large = small;
  small.link(0).weights.view()(0, 0) = 1;
  large.link(0).weights.view()(0, 0) = large.link(0).weights.view()(3, 0) = 2;
  FakeInputs inputs;
  inputs.add("model", small, "small").add("model", large, "large");
  EXPECT_EQ(Picture(figure("figure.couplings", {{"of", "hidden"}}, inputs)).count(most_positive) - bar, 2 * 42 * 42);
  Specs specs;
  specs.set<Network>("model", small.spec());
  EXPECT_EQ(problems_of("figure.couplings", {}, specs),
            "in.model: no visible layer of the model has its units joined to each other\n");
}

TEST(Couplings, AreAveragedByTheDistanceOfTheirPixels) {
  Network model = joined(6, {2, 3});
  const View<float> weights = model.link(0).weights.view();
  for (Index i = 0; i < 6; ++i)
    for (Index j = 0; j < 6; ++j)
      if (i != j) weights(i, j) = static_cast<float>(10 * std::min(i, j) + std::max(i, j));
  FakeInputs inputs;
  inputs.add("model", model);
  const Table table = get<Table>(run_loaded("evaluator.couplings", {}, inputs), "table");
  // 0 1 2 over 3 4 5: pairs 1 apart, one diagonal apart, 2 apart, and from (0, 0) to (1, 2).
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_EQ(table.rows[0].label, "1");
  EXPECT_EQ(table.rows[1].label, "1.414");
  EXPECT_EQ(table.rows[3].label, "2.236");
  EXPECT_NEAR(table.rows[0].values[0], (1 + 12 + 34 + 45 + 3 + 14 + 25) / 7.0, 1e-5);
  EXPECT_NEAR(table.rows[1].values[0], (4 + 13 + 15 + 24) / 4.0, 1e-5);
  EXPECT_NEAR(table.rows[2].values[0], (2 + 35) / 2.0, 1e-5);
  EXPECT_NEAR(table.rows[2].values[1], 16.5, 1e-5);
  EXPECT_NEAR(table.rows[3].values[2], (5 + 23) / 2.0, 1e-5);
  EXPECT_EQ(table.rows[0].values[3], 7);
  const Settings near = {{"farthest", 1.5}};
  EXPECT_EQ(get<Table>(run_loaded("evaluator.couplings", near, inputs), "table").rows.size(), 2U);
  Specs flat;
  flat.set<Network>("model", joined(6, {}).spec());
  EXPECT_EQ(problems_of("evaluator.couplings", {}, flat),
            "in.model: layer 'visible' has no image shape, so its units have no distance\n");
}

TEST(SnapshotsFigure, HasARowForEachSnapshot) {
  Snapshots snapshots;
  const auto height = [&] {
    FakeInputs inputs;
    inputs.add("snapshots", snapshots);
    return Picture(figure("figure.snapshots", {{"units", std::int64_t{3}}}, inputs)).height;
  };
  snapshots.offer(0, make_rbm(4, 5, 0.01F, 1, {2, 2}), 10);
  const int one = height();
  snapshots.offer(1, make_rbm(4, 5, 1, 1, {2, 2}), 10);
  EXPECT_EQ(height() - one, 84 + 6);
}

TEST(ReconstructionsFigure, DrawsWhatTheModelMakesOfTheData) {
  // Visible units that are on whatever is shown: blank rows come back as ink.
  Network model = make_rbm(4, 2, 0, 1, {2, 2});
  for (float& bias : model.layer(0).parameters.values<float>()) bias = 50;
  FakeInputs inputs;
  inputs.add("model", model).add("data", make_data(make_matrix({{0, 0, 0, 0}, {0, 0, 0, 0}}), {1, 0}, 2), "seen");
  inputs.add("data", make_data(make_matrix({{0, 0, 0, 0}})), "other");
  const Picture picture(figure("figure.reconstructions", {}, inputs));
  EXPECT_EQ(picture.count(ink) - bar, 3 * 84 * 84);
}

TEST(ReconstructionsFigure, ChecksItsDataAndLabels) {
  Specs inputs;
  inputs.set<Network>("model", make_rbm(5, 4, 1).spec());
  inputs.set<Dataset>("data", make_data(make_matrix({{1, 2}})).spec());
  EXPECT_EQ(problems_of("figure.reconstructions", {{"labels", list({std::string("a"), std::string("b")})}}, inputs),
            "in.data: the data's part 'features' has 2 columns, but the model's layer 'visible' has 5 units\n"
            "with.labels: 2 labels for 1 data sets\n");
  FakeInputs few;
  few.add("model", make_rbm(2, 4, 1)).add("data", make_data(make_matrix({{1, 0}})));
  EXPECT_EQ(message_of([&] {
              run_loaded("figure.reconstructions", {{"first", std::int64_t{3}}}, few);
            }),
            "the data have 1 rows, so none are left to draw after the first 3");
}

const Settings few_chains{{"rows", std::int64_t{2}}, {"columns", std::int64_t{3}}, {"sweeps", std::int64_t{20}}};

TEST(SamplesFigure, DrawsWhatTheModelKnows) {
  Network model = make_rbm(4, 2, 0, 1, {2, 2});
  const float biases[] = {50, -50, -50, 50};
  std::copy_n(biases, 4, model.layer(0).parameters.data<float>());
  FakeInputs inputs;
  inputs.add("model", model);
  EXPECT_EQ(Picture(figure("figure.samples", few_chains, inputs)).count(ink) - bar, 6 * 2 * 42 * 42);
}

TEST(SamplesFigure, DrawsTheStatesOfVisibleUnitsThatAreJoined) {
  // Every unit is on in half of the states, by symmetry. No mean given the others is above sigmoid(3): drawn as means,
  // nothing would be ink.
  Network model = joined(4, {2, 2});
  const View<float> weights = model.link(0).weights.view();
  for (Index i = 0; i < 4; ++i) {
    model.layer(0).parameters.view()(0, i) = -3;
    for (Index j = 0; j < 4; ++j)
      if (i != j) weights(i, j) = 2;
  }
  FakeInputs inputs;
  inputs.add("model", model);
  const Settings settings = {{"rows", std::int64_t{5}}, {"columns", std::int64_t{10}}, {"sweeps", std::int64_t{200}}};
  const int units = (Picture(figure("figure.samples", settings, inputs)).count(ink) - bar) / (42 * 42);
  // Of 50 chains with 4 units: 100, with a deviation of at most sqrt(50 * 4) = 14.
  EXPECT_NEAR(units, 100, 5 * 14);
}

TEST(SamplesFigure, DependsOnTheSeedAlone) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(6, 4, 1, 1)).add("model", make_rbm(4, 3, 1, 2));
  inputs.add("data", make_data(make_matrix({{1, 0, 1, 0, 1, 0}, {0, 0, 0, 1, 1, 1}})));
  const File file = figure("figure.samples", few_chains, inputs, 1);
  EXPECT_TRUE(same(file, figure("figure.samples", few_chains, inputs, 1)));
  EXPECT_FALSE(same(file, figure("figure.samples", few_chains, inputs, 2)));
}

TEST(SamplesFigure, GoesOnWhereItStoppedWithTheSameNumbers) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(6, 4, 1, 1)).add("model", make_rbm(4, 3, 1, 2));
  Settings fewer = few_chains;
  fewer[2].second = std::int64_t{7};
  FakeContext context;
  const auto half = loaded_node("figure.samples", fewer), whole = loaded_node("figure.samples", few_chains);
  const std::unique_ptr<Work> begun(half->start(inputs, context));
  while (begun->advance(inputs, context)) {
  }
  SavedState state = save(*begun);
  const std::unique_ptr<Work> taken_up(whole->blank());
  load(state, *taken_up);
  while (taken_up->advance(inputs, context)) {
  }
  Outputs outputs;
  taken_up->finish(inputs, outputs);
  EXPECT_TRUE(same(get<File>(outputs, "figure"), figure("figure.samples", few_chains, inputs)));
}

class Means final : public Sampler {
 public:
  static void describe(ValueType<Means>& type) { type.says("Returns means."); }
  Law law() const override { return Law::moments; }
  void sweep(const Network&, Chains&, const Request&) const override {}
};

TEST(SamplesFigure, RefusesASamplerThatDrawsNothing) {
  loaded("figure.samples");
  Registry::instance().add(describe_value<Means>("sampler.of_means"), "test");
  Specs inputs;
  inputs.set<Network>("model", make_rbm(5, 4, 1).spec());
  EXPECT_EQ(problems_of("figure.samples", {{"sampler", std::string("sampler.of_means")}}, inputs),
            "with.sampler: sampler.of_means returns means, so it gives no samples\n");
}

TEST(ConfusionFigure, NeedsAsManyRowsAsColumns) {
  FakeInputs square, other;
  square.add("table", Table{"", "true class", {"a", "b"}, {"", ""}, {{"a", {5, 1}}, {"b", {0, 6}}}});
  EXPECT_GT(Picture(figure("figure.confusion", {}, square)).width, 100);
  other.add("table", Table{"", "", {"error"}, {"%"}, {}});
  EXPECT_EQ(message_of([&] { run_loaded("figure.confusion", {}, other); }),
            "a confusion table has as many rows as columns; this one has 0 and 1");
}

TEST(CurvesFigure, DrawsMarksAndLogarithmsAndSaysWhatItCannot) {
  const Table table{"t", "x", {"a", "b"}, {"", ""}, {{"1", {10, 10}}, {"2", {0, 100}}, {"3", {1000, 1000}}}};
  const auto drawn = [&](const Settings& settings, const Table& of) {
    FakeInputs inputs;
    inputs.add("table", of, "t");
    const Tensor bytes = get<File>(run_loaded("figure.curves", settings, inputs), "figure").bytes;
    return std::string(static_cast<const char*>(bytes.raw()), static_cast<std::size_t>(bytes.bytes()));
  };
  const Setting columns = list({"a", "b"});
  const std::string plain = drawn({{"columns", columns}}, table);
  EXPECT_NE(drawn({{"columns", columns}, {"marks", list({"b"})}}, table), plain);
  // What is 0 has no logarithm: the curve is as if it were not there.
  Table without = table;
  without.rows[1].values[0] = std::nan("");
  const std::string logarithmic = drawn({{"columns", columns}, {"log_y", true}}, table);
  EXPECT_NE(logarithmic, plain);
  EXPECT_EQ(logarithmic, drawn({{"columns", columns}, {"log_y", true}}, without));
  EXPECT_EQ(problems_of("figure.curves", {{"columns", columns}, {"marks", list({"c"})}}, {}),
            "with.marks: 'c' is not among the columns\n");
  // A point that cannot be trusted does not look like the others; one that can does.
  Table judged = table;
  judged.rows[1].verdict = "converged";
  EXPECT_EQ(drawn({{"columns", columns}}, judged), plain);
  judged.rows[1].verdict = "not converged: 3 runs of 100 count";
  EXPECT_NE(drawn({{"columns", columns}}, judged), plain);
}

TEST(CurvesFigure, DoesNotDrawWhatCannotBeComparedOnOneAxisUnlessAskedTo) {
  FakeInputs inputs;
  inputs.add("table", Table{"t", "x", {"log-likelihood of drawn rows"}, {"nats"}, {{"1", {1}}, {"2", {2}}}}, "t");
  inputs.add("table", Table{"u", "x", {"log-likelihood of thresholded rows"}, {"nats"}, {{"1", {1}}, {"2", {2}}}}, "u");
  EXPECT_THROW(run_loaded("figure.curves", {}, inputs), BadData);
}

TEST(Sheet, FillsTheRowsOfItsGridWhereItCan) {
  const auto columns = [](std::size_t tiles) {
    return figures::bands_of(std::vector<figures::Tile>(tiles), 0).front().tiles.size();
  };
  EXPECT_EQ(columns(1), 1U);
  EXPECT_EQ(columns(60), 10U);
  EXPECT_EQ(columns(100), 10U);
  EXPECT_EQ(columns(61), 8U);
}

}  // namespace
}  // namespace harmonium::testing
