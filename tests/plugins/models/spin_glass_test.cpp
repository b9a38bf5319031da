#include <gtest/gtest.h>

#include <cmath>

#include "harmonium/energy.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// model.spin_glass.
namespace harmonium::testing {
namespace {

Setting extents(std::initializer_list<std::int64_t> values) {
  return std::vector<Setting>(values.begin(), values.end());
}

Network glass(const Settings& settings, const FakeInputs& inputs = {}, std::uint64_t seed = 42) {
  FakeContext context(seed);
  return get<Network>(run_registered("model.spin_glass", settings, inputs, context), "model");
}

FakeInputs table(const std::vector<std::vector<float>>& rows) {
  Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(rows[0].size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::copy(rows[i].begin(), rows[i].end(), values.view().row(static_cast<Index>(i)).data);
  return FakeInputs().add("couplings", make_data(std::move(values)));
}

double log_z(const Network& model, double temperature) {
  FakeInputs inputs;
  inputs.add("model", model);
  FakeContext context;
  const Outputs out =
      run_registered("evaluator.thermodynamics", {{"temperatures", list({temperature})}}, inputs, context);
  return get<Table>(out, "table").rows[0].values[0];
}

TEST(SpinGlass, OverAllPairsHasCouplingsOfMeanAndVarianceOverN) {
  constexpr Index n = 200;
  for (const std::string law : {"gaussian", "signs"}) {
    const Network model = glass({{"size", n}, {"law", law}, {"mean", 3.0}, {"deviation", 2.0}, {"field", 0.5}});
    const View<const float> couplings = model.link(0).weights.view();
    double sum = 0, squares = 0;
    for (Index i = 0; i < n; ++i) {
      EXPECT_EQ(couplings(i, i), 0);
      EXPECT_EQ(model.layer(0).parameters.view()(0, i), 0.5F);
      for (Index j = 0; j < i; ++j) {
        EXPECT_EQ(couplings(i, j), couplings(j, i));
        const double centred = static_cast<double>(couplings(i, j)) - 3.0 / n;
        sum += centred;
        squares += centred * centred;
        if (law == "signs") {
          EXPECT_NEAR(std::abs(centred), 2 / std::sqrt(n), 1e-6);
        }
      }
    }
    // Five standard errors of a mean, and of a variance.
    const double pairs = n * (n - 1) / 2.0, variance = 4.0 / n;
    EXPECT_NEAR(sum / pairs, 0, 5 * std::sqrt(variance / pairs)) << law;
    EXPECT_NEAR(squares / pairs, variance, 5 * variance * std::sqrt(2 / pairs)) << law;
  }
}

TEST(SpinGlass, OnALatticeCouplesNeighboursAlone) {
  for (const bool periodic : {true, false}) {
    const Network model = glass({{"lattice", extents({3, 4, 5})}, {"periodic", periodic}});
    EXPECT_EQ(model.layer(0).shape, (Tensor::Shape{3, 4, 5}));
    Index bonds = 0;
    for (Index a = 0; a < 60; ++a)
      for (Index b = 0; b < a; ++b) {
        // Steps along each extent, the short way round where the lattice is periodic.
        Index distance = 0;
        for (const auto& [stride, extent] : std::vector<std::pair<Index, Index>>{{20, 3}, {5, 4}, {1, 5}}) {
          const Index apart = std::abs(a / stride % extent - b / stride % extent);
          distance += periodic ? std::min(apart, extent - apart) : apart;
        }
        EXPECT_EQ(model.link(0).weights.view()(a, b) != 0, distance == 1) << a << " " << b;
        bonds += distance == 1;
      }
    EXPECT_EQ(bonds, periodic ? 3 * 60 : 2 * 20 + 3 * 15 + 4 * 12);
  }
}

TEST(SpinGlass, WithoutDeviationIsTheFerromagnetOfIsingAndOfOnsagersLattice) {
  // The periodic chain: Z = (2 cosh(J / T))^N + (2 sinh(J / T))^N. Ising 1925.
  for (const double t : {0.7, 2.0}) {
    const Settings chain = {{"lattice", extents({10})}, {"mean", 1.0}, {"deviation", 0.0}};
    EXPECT_NEAR(log_z(glass(chain), t),
                std::log(std::pow(2 * std::cosh(1 / t), 10) + std::pow(2 * std::sinh(1 / t), 10)), 1e-9);
  }
  // The 4 x 4 torus, by Kaufman 1949: Z = (2 sinh 2K)^8 / 2 * (prod 2 cosh(2 g_odd) + prod 2 sinh(2 g_odd)
  // + prod 2 cosh(2 g_even) + prod 2 sinh(2 g_even)), products over four, cosh g_q = cosh(2K) coth(2K) - cos(pi q / 4).
  const double k = 1 / 2.5;
  const auto gamma = [&](int q) {
    if (q == 0) return 2 * k + std::log(std::tanh(k));
    return std::acosh(std::cosh(2 * k) / std::tanh(2 * k) - std::cos(M_PI * q / 4));
  };
  double products[4] = {1, 1, 1, 1};
  for (int r = 0; r < 4; ++r) {
    products[0] *= 2 * std::cosh(2 * gamma(2 * r + 1));
    products[1] *= 2 * std::sinh(2 * gamma(2 * r + 1));
    products[2] *= 2 * std::cosh(2 * gamma(2 * r));
    products[3] *= 2 * std::sinh(2 * gamma(2 * r));
  }
  const double z = std::pow(2 * std::sinh(2 * k), 8) / 2 * (products[0] + products[1] + products[2] + products[3]);
  const Settings torus = {{"lattice", extents({4, 4})}, {"mean", 1.0}, {"deviation", 0.0}};
  EXPECT_NEAR(log_z(glass(torus), 2.5), std::log(z), 1e-9);
}

TEST(SpinGlass, TakesCouplingsAndFieldsFromATableOfPairsOrAMatrix) {
  const Network pairs =
      glass({{"size", std::int64_t{3}}, {"field", 1.0}}, table({{1, 2, 0.5F}, {3, 2, -2}, {3, 3, 4}}));
  const Network matrix = glass({{"table", "matrix"}, {"field", 1.0}}, table({{0, 0.5F, 0}, {0.5F, 0, -2}, {0, -2, 4}}));
  for (const Network* model : {&pairs, &matrix}) {
    // E = -(0.5 s1 s2 - 2 s2 s3) - (s1 + s2 + 5 s3) of s = (1, -1, 1).
    Tensor state = Tensor::of<double>({1, 3});
    const double spins[] = {1, -1, 1};
    std::copy_n(spins, 3, state.data<double>());
    std::vector<double> energies(1);
    energy(*model, {state.view<double>()}, energies);
    EXPECT_NEAR(energies[0], -(-0.5 + 2) - 5, 1e-6);
  }
}

TEST(SpinGlass, SaysWhichRowOfATableIsWrong) {
  const auto wrong = [](const std::vector<std::vector<float>>& rows, const std::string& form) {
    return message_of([&] { glass({{"size", std::int64_t{3}}, {"table", form}}, table(rows)); });
  };
  EXPECT_EQ(wrong({{1, 2, 1}, {1, 4, 1}}, "pairs"),
            "row 2 of the couplings names spin 4; they are counted from 1 to 3");
  EXPECT_EQ(wrong({{1.5F, 2, 1}}, "pairs"), "row 1 of the couplings names spin 1.5; they are counted from 1 to 3");
  EXPECT_EQ(wrong({{1, 2, 1}, {2, 1, 1}}, "pairs"), "row 2 couples spins 2 and 1 once more");
  EXPECT_EQ(wrong({{1, 2, INFINITY}}, "pairs"), "row 1 of the couplings holds inf");
  EXPECT_EQ(wrong({{0, 1, 0}, {2, 0, 0}, {0, 0, 0}}, "matrix"),
            "the couplings are not symmetric: 2 from 2 to 1, but 1 back");
}

TEST(SpinGlass, SaysBeforeAnyWorkWhatCannotBe) {
  const auto problem = [](const Settings& settings, Index width = 0, Index rows = 3) {
    Specs in, out;
    if (width > 0) in.set<Dataset>("couplings", {rows, {{"features", width, {}, PartSpec::Kind::real, {}}}});
    registered("model.spin_glass", settings)->outputs(in, out);
    return out.problems().empty() ? std::string() : out.problems()[0].where + ": " + out.problems()[0].message;
  };
  EXPECT_EQ(problem({}), "with.size: how many spins there are must be said, by size or lattice");
  EXPECT_EQ(problem({{"lattice", extents({2, 5})}}),
            "with.lattice: on a periodic lattice a line has at least 3 spins, or neighbours would meet twice");
  EXPECT_EQ(problem({{"lattice", extents({2, 5})}, {"periodic", false}}), "");
  EXPECT_EQ(problem({{"lattice", extents({4, 5})}, {"size", std::int64_t{21}}}),
            "with.size: size says 21 spins, but there are 20");
  EXPECT_EQ(problem({{"lattice", extents({20000, 20000, 20000})}}),
            "with.lattice: 20001 spins are too many; at most 20000 have their couplings in memory");
  EXPECT_EQ(problem({{"size", std::int64_t{4}}}, 4),
            "in.couplings: a row of couplings is 'i j J', but rows have 4 numbers; a matrix needs table: matrix");
  EXPECT_EQ(problem({{"table", "matrix"}}, 4), "in.couplings: the matrix has 3 rows and 4 columns");
}

}  // namespace
}  // namespace harmonium::testing
