#include "harmonium/learner.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "harmonium/energy.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {
namespace {

const std::vector<std::vector<double>> rows_seen = {
    {1, 0, 1, 0}, {1, 1, 0, 0}, {0, 0, 1, 1}, {1, 0, 1, 1}, {0, 1, 0, 0}};

/// One step of rate 1 whose statistics are exact, every visible state having its probability for a weight: what it adds
/// to the parameters is the gradient.
Network gradient_step(const Network& network, std::vector<Handle<Penalty>> penalties = {}) {
  const auto states = all_states(network.layer(0));
  const auto clamped = static_cast<Index>(rows_seen.size()), free = static_cast<Index>(states.size());
  Network moved = network;
  Learner learner(moved, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), penalties, clamped,
                  free);
  learner.rows(clamped, free);
  const auto fill = [&](const std::vector<std::vector<double>>& rows, View<float> visible, View<float> hidden) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j < rows[i].size(); ++j)
        visible(static_cast<Index>(i), static_cast<Index>(j)) = static_cast<float>(rows[i][j]);
    hidden_mean(moved, 1, {visible}, hidden);
  };
  fill(rows_seen, learner.clamped(0), learner.clamped(1));
  fill(states, learner.free(0), learner.free(1));
  const double log_z = naive_log_partition_function(network);
  std::vector<float> weights;
  for (const auto& state : states)
    weights.push_back(static_cast<float>(std::exp(-naive_free_energy(network, state) - log_z)));
  learner.weigh({}, weights);
  learner.step(moved, {}, clamped);
  return moved;
}

void expect_gradient(const Network& network, Tensor& parameter, const Tensor& moved) {
  for (Index k = 0; k < parameter.size(); ++k) {
    float& value = parameter.data<float>()[k];
    const float before = value;
    const float step = 1.0F / 256;
    value = before + step;
    const double up = naive_log_likelihood(network, rows_seen), top = static_cast<double>(value);
    value = before - step;
    const double down = naive_log_likelihood(network, rows_seen), bottom = static_cast<double>(value);
    value = before;
    EXPECT_NEAR(static_cast<double>(moved.data<float>()[k]) - static_cast<double>(before), (up - down) / (top - bottom),
                2e-5);
  }
}

TEST(Learner, StepsAlongTheGradientOfTheExactLogLikelihood) {
  for (const char* hidden : {"units.bernoulli", "units.softmax"}) {
    Network network = make_rbm(4, 3, 0.8, 29, "units.bernoulli", hidden);
    const Network moved = gradient_step(network);
    expect_gradient(network, network.link(0).weights, moved.link(0).weights);
    for (Index l : {Index{0}, Index{1}})
      expect_gradient(network, network.layer(l).parameters, moved.layer(l).parameters);
  }
}

TEST(Learner, StepsAlongTheGradientOfConnectionsWithinALayer) {
  Network network;
  network.add(make_layer("visible", "units.spin", 4, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  randomise(network, 0.5, 7);
  const auto states = all_states(network.layer(0));
  const auto free = static_cast<Index>(states.size());
  std::vector<float> p;
  double z = 0;
  for (const auto& state : states) z += std::exp(-naive_energy(network, {state}));
  for (const auto& state : states) p.push_back(static_cast<float>(std::exp(-naive_energy(network, {state})) / z));
  const std::vector<std::vector<double>> data = {{1, -1, 1, -1}, {1, 1, -1, -1}, {1, 1, 1, 1}};
  Learner learner(network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, 3, free);
  learner.rows(3, free);
  const auto give = [](const std::vector<std::vector<double>>& rows, View<float> to) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      for (std::size_t j = 0; j < rows[i].size(); ++j)
        to(static_cast<Index>(i), static_cast<Index>(j)) = static_cast<float>(rows[i][j]);
  };
  give(data, learner.clamped(0));
  give(states, learner.free(0));
  learner.weigh({}, p);
  Network moved = network;
  learner.step(moved, {}, 3);
  const auto likelihood = [&](const Network& at) {
    double sum = 0, partition = 0;
    for (const auto& row : data) sum -= naive_energy(at, {row}) / 3;
    for (const auto& state : states) partition += std::exp(-naive_energy(at, {state}));
    return sum - std::log(partition);
  };
  for (Index i = 0; i < 4; ++i)
    for (Index j = i; j < 4; ++j) {
      const float step = moved.link(0).weights.view()(i, j) - network.link(0).weights.view()(i, j);
      EXPECT_EQ(moved.link(0).weights.view()(i, j), moved.link(0).weights.view()(j, i));
      if (i == j) {
        EXPECT_EQ(moved.link(0).weights.view()(i, j), 0);
        continue;
      }
      Network up = network, down = network;
      for (const auto& [a, b] : {std::pair{i, j}, std::pair{j, i}}) {
        up.link(0).weights.view()(a, b) += 1.0F / 128;
        down.link(0).weights.view()(a, b) -= 1.0F / 128;
      }
      // The third derivative of the likelihood, over the square of the step.
      EXPECT_NEAR(step, (likelihood(up) - likelihood(down)) * 64, 2e-4) << i << " " << j;
    }
}

/// Clamped and free rows of both layers, between 0 and 1.
struct Phases {
  Tensor clamped[2], free[2];
  Phases(const Network& network, Index clamped_rows, Index free_rows) {
    for (Index l = 0; l < 2; ++l) {
      clamped[l] = Tensor::matrix(clamped_rows, network.layer(l).size);
      free[l] = Tensor::matrix(free_rows, network.layer(l).size);
      uniform(Stream{static_cast<std::uint64_t>(l), 1}, clamped[l].view());
      uniform(Stream{static_cast<std::uint64_t>(l), 2}, free[l].view());
    }
  }
  void give(Learner& learner) const {
    learner.rows(clamped[0].rows(), free[0].rows());
    for (Index l = 0; l < 2; ++l) {
      std::copy_n(clamped[l].data<float>(), clamped[l].size(), learner.clamped(l).data);
      std::copy_n(free[l].data<float>(), free[l].size(), learner.free(l).data);
    }
  }
};

TEST(Learner, CentredStepsAlongTheGradientOfTheMachineWrittenInCentredStates) {
  const Network network = make_rbm(4, 3, 0.5, 31);
  constexpr Index clamped = 6, free = 9;
  const Phases phases(network, clamped, free);
  for (const Centring::Offset offset : {Centring::Offset::data, Centring::Offset::average, Centring::Offset::middle}) {
    Network moved = network;
    Learner learner(moved, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, clamped, free,
                    {offset, 0.5});
    phases.give(learner);
    learner.step(moved, {}, clamped);
    // Written out: means of both phases, offsets, and the gradient in centred states turned back.
    const auto mean = [](const Tensor& rows, Index j) {
      double sum = 0;
      for (Index i = 0; i < rows.rows(); ++i) sum += static_cast<double>(rows.view()(i, j));
      return sum / static_cast<double>(rows.rows());
    };
    const auto mu = [&](std::size_t l, Index j) {
      if (offset == Centring::Offset::middle) return 0.5;
      return offset == Centring::Offset::data ? mean(phases.clamped[l], j)
                                              : (mean(phases.clamped[l], j) + mean(phases.free[l], j)) / 2;
    };
    double gradient[4][3];
    for (Index i = 0; i < 4; ++i)
      for (Index j = 0; j < 3; ++j) {
        double sum = 0;
        for (Index r = 0; r < clamped; ++r)
          sum += (static_cast<double>(phases.clamped[0].view()(r, i)) - mu(0, i)) *
                 (static_cast<double>(phases.clamped[1].view()(r, j)) - mu(1, j)) / clamped;
        for (Index r = 0; r < free; ++r)
          sum -= (static_cast<double>(phases.free[0].view()(r, i)) - mu(0, i)) *
                 (static_cast<double>(phases.free[1].view()(r, j)) - mu(1, j)) / free;
        gradient[i][j] = sum;
        EXPECT_NEAR(moved.link(0).weights.view()(i, j) - network.link(0).weights.view()(i, j), sum, 1e-5);
      }
    for (Index i = 0; i < 4; ++i) {
      double step = mean(phases.clamped[0], i) - mean(phases.free[0], i);
      for (Index j = 0; j < 3; ++j) step -= gradient[i][j] * mu(1, j);
      EXPECT_NEAR(moved.layer(0).parameters.data<float>()[i] - network.layer(0).parameters.data<float>()[i], step,
                  1e-5);
    }
    for (Index j = 0; j < 3; ++j) {
      double step = mean(phases.clamped[1], j) - mean(phases.free[1], j);
      for (Index i = 0; i < 4; ++i) step -= gradient[i][j] * mu(0, i);
      EXPECT_NEAR(moved.layer(1).parameters.data<float>()[j] - network.layer(1).parameters.data<float>()[j], step,
                  1e-5);
    }
  }
}

TEST(Learner, CentredIsIndifferentToWhichStateOfAUnitIsCalledZero) {
  // The same machine in x and in 1 - x of the visible units: after a step they are still the same machine.
  const Network network = make_rbm(4, 3, 0.5, 31);
  const auto flipped = [](const Network& of) {
    Network other = of;
    for (Index i = 0; i < 4; ++i) {
      for (Index j = 0; j < 3; ++j) {
        other.layer(1).parameters.data<float>()[j] += of.link(0).weights.view()(i, j);
        other.link(0).weights.view()(i, j) = -of.link(0).weights.view()(i, j);
      }
      other.layer(0).parameters.data<float>()[i] = -of.layer(0).parameters.data<float>()[i];
    }
    return other;
  };
  Phases phases(network, 6, 6);
  const auto step = [&](Network from, bool centred) {
    Learner learner(from, make_value<UpdateRule>("{use: update.sgd, with: {rate: 0.5, momentum: 0}}"), {}, 6, 6,
                    {centred ? Centring::Offset::average : Centring::Offset::none, 0.1});
    phases.give(learner);
    learner.step(from, {}, 6);
    return from;
  };
  const auto apart = [](const Network& a, const Network& b) {
    float most = 0;
    for (Index k = 0; k < 12; ++k)
      most = std::max(most, std::abs(a.link(0).weights.data<float>()[k] - b.link(0).weights.data<float>()[k]));
    return most;
  };
  const Network centred = flipped(step(network, true)), plain = flipped(step(network, false));
  for (Tensor* rows : {&phases.clamped[0], &phases.free[0]})
    for (float& value : rows->values<float>()) value = 1 - value;
  EXPECT_LT(apart(step(flipped(network), true), centred), 1e-5);
  EXPECT_GT(apart(step(flipped(network), false), plain), 1e-3) << "without centring they differ";
}

TEST(Learner, CountsAWeighedRowAsItCountsRowsThatAreRepeated) {
  for (const Centring::Offset offset : {Centring::Offset::none, Centring::Offset::average}) {
    Network repeated = make_boltzmann(4, 3, 0.5, 31);
    Network weighed = repeated;
    const Handle<UpdateRule> rule = make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}");
    const std::vector<Index> clamped_times = {1, 3}, free_times = {2, 1, 5};
    const Phases phases(repeated, 2, 3);
    Learner many(repeated, rule, {}, 4, 8, {offset, 0.5});
    many.rows(4, 8);
    for (Index l = 0; l < 2; ++l) {
      const auto repeat = [](const Tensor& rows, const std::vector<Index>& times, View<float> out) {
        Index to = 0;
        for (std::size_t i = 0; i < times.size(); ++i)
          for (Index k = 0; k < times[i]; ++k, ++to)
            std::copy_n(rows.view().row(static_cast<Index>(i)).data, out.columns, out.row(to).data);
      };
      repeat(phases.clamped[l], clamped_times, many.clamped(l));
      repeat(phases.free[l], free_times, many.free(l));
    }
    many.step(repeated, {}, 4);
    Learner few(weighed, rule, {}, 2, 3, {offset, 0.5});
    phases.give(few);
    const std::vector<float> clamped = {0.25F, 0.75F}, free = {0.25F, 0.125F, 0.625F};
    few.weigh(clamped, free);
    few.step(weighed, {}, 2);
    for (std::size_t i = 0; i < repeated.links().size(); ++i)
      for (Index k = 0; k < repeated.links()[i].weights.size(); ++k)
        EXPECT_NEAR(weighed.links()[i].weights.data<float>()[k], repeated.links()[i].weights.data<float>()[k], 1e-6);
    for (Index l = 0; l < 2; ++l)
      for (Index k = 0; k < repeated.layer(l).size; ++k)
        EXPECT_NEAR(weighed.layer(l).parameters.data<float>()[k], repeated.layer(l).parameters.data<float>()[k], 1e-6);
  }
}

TEST(Learner, StepsAlongTheMeanGradientOfParametersThatAChannelShares) {
  Network own;
  own.add(make_layer("visible", "units.bernoulli", 4, true));
  own.add(make_layer("hidden", "units.bernoulli", 6, false));
  own.connect(make_value<Connection>("connection.dense"), 0, 1);
  Network shared = own;
  shared.layer(1).shape = {2, 1, 3};
  shared.layer(1).by_channel = true;
  const Phases phases(own, 3, 3);
  for (Network* network : {&own, &shared}) {
    Learner learner(*network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, 3, 3);
    phases.give(learner);
    learner.step(*network, {}, 3);
  }
  const float* each = own.layer(1).parameters.data<float>();
  for (Index j = 0; j < 6; ++j) {
    const Index first = j / 3 * 3;
    EXPECT_NEAR(shared.layer(1).parameters.data<float>()[j], (each[first] + each[first + 1] + each[first + 2]) / 3,
                1e-6);
  }
}

TEST(Learner, LaysWeightsThatLearnFastAndForgetOverTheRegularOnes) {
  // Tieleman, Hinton 2009: fast = decay * fast + fast rate * gradient; chains see regular plus fast weights.
  Network network = make_rbm(4, 3, 0.5, 31);
  const Network before = network;
  const Phases phases(network, 3, 3);
  Learner learner(network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 0.5, momentum: 0}}"), {}, 3, 3);
  learner.overlay(0.75);
  learner.fast_rate(0.25);
  Network overlaid = network;
  std::vector<float> fast(12, 0.0F), last(12), fast_bias(3, 0.0F), last_bias(3);
  std::copy_n(before.link(0).weights.data<float>(), 12, last.begin());
  std::copy_n(before.layer(1).parameters.data<float>(), 3, last_bias.begin());
  const auto follow = [](const float* now, std::vector<float>& old, std::vector<float>& quick) {
    for (std::size_t k = 0; k < old.size(); ++k) {
      quick[k] = 0.75F * quick[k] + 0.25F * (now[k] - old[k]) / 0.5F;
      old[k] = now[k];
    }
  };
  for (int step = 0; step < 2; ++step) {
    phases.give(learner);
    learner.step(network, {}, 3);
    follow(network.link(0).weights.data<float>(), last, fast);
    follow(network.layer(1).parameters.data<float>(), last_bias, fast_bias);
  }
  learner.lay_over(network, overlaid);
  for (Index k = 0; k < 12; ++k)
    EXPECT_NEAR(overlaid.link(0).weights.data<float>()[k],
                last[static_cast<std::size_t>(k)] + fast[static_cast<std::size_t>(k)], 1e-6);
  for (Index k = 0; k < 3; ++k)
    EXPECT_NEAR(overlaid.layer(1).parameters.data<float>()[k],
                last_bias[static_cast<std::size_t>(k)] + fast_bias[static_cast<std::size_t>(k)], 1e-6);
}

TEST(Learner, AddsPenaltiesToWeightsAndNeverToBiases) {
  const Network network = make_rbm(4, 3, 0.8, 29);
  const Network plain = gradient_step(network);
  const Network decayed = gradient_step(network, {make_value<Penalty>("{use: penalty.l2, with: {cost: 0.25}}")});
  const Network shrunk = gradient_step(network, {make_value<Penalty>("{use: penalty.l1, with: {cost: 0.25}}")});
  for (Index k = 0; k < 12; ++k) {
    const float weight = network.link(0).weights.data<float>()[k];
    const float without = plain.link(0).weights.data<float>()[k];
    EXPECT_NEAR(decayed.link(0).weights.data<float>()[k], without - 0.25F * weight, 1e-6);
    EXPECT_NEAR(shrunk.link(0).weights.data<float>()[k], without - (weight > 0 ? 0.25F : -0.25F), 1e-6);
  }
  for (Index j = 0; j < 4; ++j)
    EXPECT_EQ(decayed.layer(0).parameters.data<float>()[j], plain.layer(0).parameters.data<float>()[j]);
}

TEST(Learner, ShortensIncomingWeightsThatAreLongerThanTheirBound) {
  const Network network = make_rbm(4, 3, 0.8, 29);
  const Network plain = gradient_step(network);
  const auto length = [](const Network& of, Index unit) {
    double square = 0;
    for (Index i = 0; i < 4; ++i) square += std::pow(static_cast<double>(of.link(0).weights.view()(i, unit)), 2);
    return std::sqrt(square);
  };
  // Between the shortest and the longest.
  const double bound = (length(plain, 0) + length(plain, 1) + length(plain, 2)) / 3;
  const Network bounded = gradient_step(
      network, {make_value<Penalty>("{use: penalty.max_norm, with: {most: " + std::to_string(bound) + "}}")});
  int shortened = 0;
  for (Index j = 0; j < 3; ++j) {
    const double before = length(plain, j), share = std::min(1.0, bound / before);
    shortened += before > bound;
    for (Index i = 0; i < 4; ++i)
      EXPECT_NEAR(bounded.link(0).weights.view()(i, j), share * static_cast<double>(plain.link(0).weights.view()(i, j)),
                  1e-5);
  }
  EXPECT_GT(shortened, 0);
  EXPECT_LT(shortened, 3);
}

TEST(Learner, PushesMeanActivitiesTowardsTheSparsityTarget) {
  // Minus the derivative of cost * cross entropy(target, mean activity) with respect to a unit's input, the same for
  // every row: cost * (target - mean). It reaches the bias, and the weights times the mean input.
  const Network network = make_rbm(4, 3, 0.8, 29);
  const Network plain = gradient_step(network);
  const Network sparse =
      gradient_step(network, {make_value<Penalty>("{use: penalty.sparsity, with: {target: 0.1, cost: 2}}")});
  Tensor visible = Tensor::matrix(5, 4), mean = Tensor::matrix(5, 3);
  for (Index i = 0; i < 5; ++i)
    for (Index j = 0; j < 4; ++j)
      visible.view()(i, j) = static_cast<float>(rows_seen[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]);
  hidden_mean(network, 1, {visible.view()}, mean.view());
  for (Index j = 0; j < 3; ++j) {
    double activity = 0;
    for (Index i = 0; i < 5; ++i) activity += static_cast<double>(mean.view()(i, j)) / 5;
    const double push = 2 * (0.1 - activity);
    EXPECT_NEAR(sparse.layer(1).parameters.data<float>()[j] - plain.layer(1).parameters.data<float>()[j], push, 1e-5);
    for (Index k = 0; k < 4; ++k) {
      double input = 0;
      for (Index i = 0; i < 5; ++i) input += static_cast<double>(visible.view()(i, k)) / 5;
      EXPECT_NEAR(sparse.link(0).weights.view()(k, j) - plain.link(0).weights.view()(k, j), push * input, 1e-5);
    }
  }
}

TEST(Learner, WeighsAShortBatchByItsSize) {
  Network whole = make_rbm(4, 3, 0.5, 31), half = whole;
  const Handle<UpdateRule> rule = make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}");
  const auto step = [&](Network& network, Index rows) {
    Learner learner(network, rule, {}, 8, 8);
    learner.rows(rows, rows);
    for (Index l = 0; l < 2; ++l) {
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; j < network.layer(l).size; ++j) {
          learner.clamped(l)(i, j) = 0.75F;
          learner.free(l)(i, j) = 0.25F;
        }
    }
    learner.step(network, {}, 8);
  };
  const Network before = whole;
  step(whole, 8);
  step(half, 4);
  for (Index k = 0; k < 12; ++k) {
    const float start = before.link(0).weights.data<float>()[k];
    EXPECT_NEAR(whole.link(0).weights.data<float>()[k] - start, 0.5F, 1e-6);
    EXPECT_NEAR(half.link(0).weights.data<float>()[k] - start, 0.25F, 1e-6);
  }
}

TEST(Learner, CountsFreeRowsAsMuchAsClampedRowsHoweverManyThereAre) {
  Network network = make_rbm(4, 3, 0.5, 31);
  const Network before = network;
  Learner learner(network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, 2, 6);
  learner.rows(2, 6);
  for (Index l = 0; l < 2; ++l) {
    for (Index i = 0; i < 2; ++i)
      for (float& value : learner.clamped(l).row(i)) value = 0.5F;
    for (Index i = 0; i < 6; ++i)
      for (float& value : learner.free(l).row(i)) value = 0.5F;
  }
  learner.step(network, {}, 2);
  for (Index k = 0; k < 12; ++k)
    EXPECT_NEAR(network.link(0).weights.data<float>()[k], before.link(0).weights.data<float>()[k], 1e-6);
}

TEST(Learner, NoticesTheStepThatLeavesParametersNotFinite) {
  Network network = make_rbm(4, 3, 0.5, 31);
  Learner learner(network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1e4, momentum: 0}}"), {}, 2, 2);
  learner.rows(2, 2);
  for (Index l = 0; l < 2; ++l)
    for (Index i = 0; i < 2; ++i)
      for (float& value : learner.clamped(l).row(i)) value = 100;
  try {
    learner.step(network, {}, 2);
    FAIL() << "nothing was noticed";
  } catch (const RunFailed& error) {
    EXPECT_NE(std::string(error.what()).find("training diverged"), std::string::npos) << error.what();
  }
}

TEST(Learner, AddsTheDifferenceOfCorrelationsAlongEveryConnectionOfAnyGraph) {
  // A triangle, in which no choice of one layer in two can carry the sign of the free phase, and a chain.
  for (const std::vector<std::pair<Index, Index>>& links :
       {std::vector<std::pair<Index, Index>>{{0, 1}, {1, 2}, {0, 2}}, {{0, 1}, {1, 2}, {2, 3}}}) {
    Network network;
    const Index sizes[] = {4, 3, 5, 2};
    Index layers = 0;
    for (const auto& [a, b] : links) layers = std::max({layers, a + 1, b + 1});
    for (Index l = 0; l < layers; ++l)
      network.add(make_layer("layer" + std::to_string(l), "units.bernoulli", sizes[l], l == 0));
    for (const auto& [a, b] : links) network.connect(make_value<Connection>("connection.dense"), a, b);
    randomise(network, 0.3, 11);
    const Network before = network;
    constexpr Index clamped = 6, free = 9;
    Learner learner(network, make_value<UpdateRule>("{use: update.sgd, with: {rate: 1, momentum: 0}}"), {}, clamped,
                    free);
    learner.rows(clamped, free);
    std::vector<Tensor> shown, dreamt;
    for (Index l = 0; l < layers; ++l) {
      shown.push_back(Tensor::matrix(clamped, sizes[l]));
      dreamt.push_back(Tensor::matrix(free, sizes[l]));
      uniform(Stream{static_cast<std::uint64_t>(l), 1}, shown.back().view());
      uniform(Stream{static_cast<std::uint64_t>(l), 2}, dreamt.back().view());
      for (Index i = 0; i < clamped; ++i)
        std::copy_n(shown.back().view().row(i).data, sizes[l], learner.clamped(l).row(i).data);
      for (Index i = 0; i < free; ++i)
        std::copy_n(dreamt.back().view().row(i).data, sizes[l], learner.free(l).row(i).data);
    }
    learner.step(network, {}, clamped);
    for (std::size_t k = 0; k < links.size(); ++k) {
      const auto [a, b] = links[k];
      const auto at = static_cast<Index>(k);
      for (Index i = 0; i < sizes[a]; ++i)
        for (Index j = 0; j < sizes[b]; ++j) {
          double difference = 0;
          for (Index r = 0; r < clamped; ++r)
            difference += static_cast<double>(shown[static_cast<std::size_t>(a)].view()(r, i)) *
                          static_cast<double>(shown[static_cast<std::size_t>(b)].view()(r, j)) / clamped;
          for (Index r = 0; r < free; ++r)
            difference -= static_cast<double>(dreamt[static_cast<std::size_t>(a)].view()(r, i)) *
                          static_cast<double>(dreamt[static_cast<std::size_t>(b)].view()(r, j)) / free;
          EXPECT_NEAR(network.link(at).weights.view()(i, j) - before.link(at).weights.view()(i, j), difference, 1e-5)
              << a << " - " << b << ", " << links.size();
        }
    }
  }
}

TEST(Learner, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const auto train = [](int count) {
    set_threads(count);
    Network network = make_rbm(300, 200, 0.1, 37);
    Learner learner(network, make_value<UpdateRule>("update.adam"), {make_value<Penalty>("penalty.l2")}, 64, 64);
    for (std::uint64_t step = 0; step < 3; ++step) {
      learner.rows(64, 64);
      for (Index l = 0; l < 2; ++l) {
        uniform(Stream{step, 1}, learner.clamped(l));
        uniform(Stream{step, 2}, learner.free(l));
      }
      learner.step(network, {0, 1, step}, 64);
    }
    return network;
  };
  const Network one = train(1), two = train(2);
  const Tensor &a = one.link(0).weights, &b = two.link(0).weights;
  EXPECT_TRUE(std::equal(a.data<float>(), a.data<float>() + a.size(), b.data<float>()));
}

}  // namespace
}  // namespace harmonium::testing
