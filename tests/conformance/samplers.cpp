#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "conformance/laws.hpp"
#include "harmonium/errors.hpp"
#include "kernel/network/stationary.hpp"
#include "kernel/numerics/thread_count.hpp"

namespace harmonium::conformance {
namespace {

/// A state of every layer.
using State = std::vector<std::vector<double>>;

/// A machine of few enough states to sum over all of them.
struct Machine {
  std::string name;
  Network network;
};

/// Layers joined in a row.
Network make_chain(const std::vector<Index>& sizes, double deviation, std::uint64_t seed) {
  Network network;
  for (std::size_t l = 0; l < sizes.size(); ++l)
    network.add(testing::make_layer(fmt::format("layer{}", l), "units.bernoulli", sizes[l], l == 0));
  for (Index l = 1; l < network.size(); ++l) network.connect(make_value<Connection>("connection.dense"), l - 1, l);
  testing::randomise(network, deviation, seed);
  return network;
}

std::vector<Machine> machines(double deviation) {
  std::vector<Machine> all;
  all.push_back({"a restricted Boltzmann machine", testing::make_rbm(4, 3, deviation, 17)});
  all.push_back(
      {"binary units and one-of-3 units", testing::make_rbm(3, 3, deviation, 19, "units.bernoulli", "units.softmax")});
  all.push_back({"binary units that are all joined", testing::make_boltzmann(3, 3, 0.7 * deviation, 17)});
  all.push_back({"spins that are all joined", testing::make_boltzmann(3, 2, 0.5 * deviation, 23, "units.spin")});
  all.push_back({"a deep Boltzmann machine of three layers", make_chain({3, 2, 2}, deviation, 29)});
  return all;
}

double bias_term(const Network& network, const State& state) {
  double sum = 0;
  for (std::size_t l = 0; l < state.size(); ++l)
    for (std::size_t j = 0; j < state[l].size(); ++j)
      sum += static_cast<double>(network.layers()[l].parameters.view()(0, static_cast<Index>(j))) * state[l][j];
  return sum;
}

State sum_of(State x, const State& y) {
  for (std::size_t l = 0; l < x.size(); ++l)
    for (std::size_t j = 0; j < x[l].size(); ++j) x[l][j] += y[l][j];
  return x;
}

/// What never rises where all units move at once, of a state and the one before: -x' W y - b . (x + y). Goles-Chacc,
/// Fogelman-Soulie, Pellegrin 1985. By differences of energies: E has no terms but of first and second order.
double energy_of_two(const Network& network, const State& x, const State& y) {
  const State both = sum_of(x, y);
  return testing::naive_energy(network, both) - testing::naive_energy(network, x) - testing::naive_energy(network, y) -
         bias_term(network, both);
}

class SamplerLaws {
 public:
  SamplerLaws(const Handle<Sampler>& sampler, Findings& findings) : sampler_(*sampler), findings_(findings) {}

  void check() {
    findings_.law("some of the machines of the kit are taken, and others refused with a reason", [&] {
      for (const Machine& machine : machines(1)) {
        try {
          Chains chains(machine.network, 4 * sampler_.replicas());
          chains.prepare(machine.network);
          sampler_.sweep(machine.network, chains, {1, Stream{1}});
          machines_.push_back(machine);
        } catch (const Error& error) {
          const std::string reason = error.what();
          findings_.holds(!reason.empty(), [&] { return machine.name + " is refused without a reason"; });
          findings_.note(machine.name + " is refused: " + reason);
        }
      }
      findings_.holds(!machines_.empty(), [] { return std::string("every machine is refused"); });
    });
    if (machines_.empty()) return;
    of_every_sampler();
    switch (sampler_.law()) {
      case Law::invariant:
        of_invariance();
        break;
      case Law::descent:
        of_descent();
        break;
      case Law::moments:
        of_moments();
        break;
      case Law::own:
        fmt::print(
            "the sampler has a stationary law of its own, which the kit does not know: test it where the law is "
            "known\n");
        break;
    }
  }

 private:
  /// Chains at states drawn uniformly, at some temperature; their replicas begin where they do.
  Chains started(const Network& network, Index count, double beta = 1) const {
    Chains chains(network, count * sampler_.replicas());
    const auto states = testing::all_joint_states(network);
    testing::draw_states(states, std::vector<double>(states.size(), 1.0 / static_cast<double>(states.size())),
                         chains.part(network, 0, sampler_.replicas()));
    chains.replicate(sampler_.replicas());
    chains.prepare(network, beta);
    return chains;
  }
  void same(const Chains& got, const Chains& expected, Index count, const Findings::Where& where) {
    // What is drawn is the same, or the random numbers are others; means may differ by the rounding of products.
    for (Index l = 0; l < got.size(); ++l)
      for (Index i = 0; i < count; ++i)
        for (Index j = 0; j < got[l].state.columns; ++j)
          findings_.near(static_cast<double>(got[l].state(i, j)), static_cast<double>(expected[l].state(i, j)), 1e-5,
                         [&] { return fmt::format("{}, layer {}, row {}, unit {}", where(), l + 1, i + 1, j + 1); });
  }

  void of_every_sampler() {
    findings_.law("what is held never moves: layers, and single units of single rows", [&] {
      for (const Machine& machine : machines_) {
        held_units(machine);
        held_layers(machine);
      }
    });
    findings_.law("rows are independent: neither their number nor the start of one changes another", [&] {
      for (const Machine& machine : machines_) {
        Chains few = started(machine.network, 4), more = started(machine.network, 9);
        for (Chains* chains : {&few, &more}) sampler_.sweep(machine.network, *chains, {3, Stream{5}});
        same(few, more, 4, [&] { return machine.name + ", 4 rows and 9"; });
        // One sweep: with the same random numbers chains soon forget where they began.
        for (std::uint64_t seed = 1; seed <= 8; ++seed) elsewhere(machine, seed);
      }
    });
    findings_.law(
        "the same request gives the same states, on any number of threads, and leaves the temperature as it was", [&] {
          for (const Machine& machine : machines_) {
            Chains first = started(machine.network, 300, 0.7), second = started(machine.network, 300, 0.7);
            for (const int count : {1, 2}) {
              const ThreadCount some(count);
              sampler_.sweep(machine.network, count == 1 ? first : second, {4, Stream{5, 9}});
            }
            same(second, first, 300, [&] { return machine.name; });
            findings_.near(first.inverse_temperature(), 0.7, 0,
                           [&] { return machine.name + ", the inverse temperature"; });
          }
        });
    findings_.law("states and means stay between the least and the greatest state of a unit", [&] {
      for (const Machine& machine : machines_) {
        Chains chains = started(machine.network, 200);
        sampler_.sweep(machine.network, chains, {8, Stream{6}});
        for (Index l = 0; l < chains.size(); ++l) {
          const float least = machine.network.layer(l).units.type() == "units.spin" ? -1 : 0;
          for (Index i = 0; i < chains.rows(); ++i)
            for (Index j = 0; j < chains[l].state.columns; ++j)
              for (const float value : {chains[l].state(i, j), chains[l].mean(i, j)})
                findings_.holds(value >= least - 1e-5F && value <= 1 + 1e-5F, [&] {
                  return fmt::format("{}, layer {}, unit {}: {}", machine.name, l + 1, j + 1, value);
                });
        }
      }
    });
    // A way to the lowest energy or to the moments may remember more within a request.
    if (sampler_.law() == Law::invariant || sampler_.law() == Law::descent)
      findings_.law("sweeps in one request are those of one request after the other, the stream's step going on", [&] {
        for (const Machine& machine : machines_) {
          Chains together = started(machine.network, 20), one_by_one = started(machine.network, 20);
          sampler_.sweep(machine.network, together, {4, Stream{7, 100}});
          for (std::uint64_t s = 0; s < 4; ++s) sampler_.sweep(machine.network, one_by_one, {1, Stream{7, 100 + s}});
          same(one_by_one, together, 20, [&] { return machine.name; });
        }
      });
    if (sampler_.by_layers()) of_layers();
  }

  /// All rows begin elsewhere but one, in turn, which must not notice.
  void elsewhere(const Machine& machine, std::uint64_t seed) {
    constexpr Index count = 8;
    const auto states = testing::all_joint_states(machine.network);
    Chains all = started(machine.network, count);
    sampler_.sweep(machine.network, all, {1, Stream{seed}});
    for (Index kept = 0; kept < count; ++kept) {
      Chains others = started(machine.network, count);
      for (Index i = 0; i < count; ++i) {
        if (i == kept) continue;
        // The state opposite in their order: of binary units and spins every one is another.
        const auto here = std::find(states.begin(), states.end(), testing::state_of(others, i)) - states.begin();
        testing::set_state(others, i, states[states.size() - 1 - static_cast<std::size_t>(here)]);
      }
      others.replicate(sampler_.replicas());
      sampler_.sweep(machine.network, others, {1, Stream{seed}});
      for (Index l = 0; l < all.size(); ++l)
        for (Index j = 0; j < all[l].state.columns; ++j)
          findings_.near(static_cast<double>(others[l].state(kept, j)), static_cast<double>(all[l].state(kept, j)),
                         1e-5, [&] {
                           return fmt::format("{}, all rows but {} begin elsewhere: layer {}, row {}, unit {}",
                                              machine.name, kept + 1, l + 1, kept + 1, j + 1);
                         });
    }
  }

  /// Flags of a third of the blocks, others in every row; blocks are held as a whole.
  struct Held {
    Held(const Network& network, Index count) {
      for (Index l = 0; l < network.size(); ++l) {
        const Index size = network.layer(l).size, block = network.layer(l).units->block(size);
        flags.emplace_back();
        for (Index i = 0; i < count; ++i)
          for (Index j = 0; j < size; ++j) flags.back().push_back((i + 2 * (j / block) + l) % 3 == 0);
      }
      for (Index l = 0; l < network.size(); ++l)
        views.emplace_back(flags[static_cast<std::size_t>(l)].data(), count, network.layer(l).size);
    }
    std::vector<std::vector<std::uint8_t>> flags;
    std::vector<View<const std::uint8_t>> views;
  };

  void held_units(const Machine& machine) {
    Chains chains = started(machine.network, 60);
    const Chains before = started(machine.network, 60);
    const Held held(machine.network, 60);
    sampler_.sweep(machine.network, chains, {4, Stream{5}, {}, held.views});
    for (Index l = 0; l < chains.size(); ++l)
      for (Index i = 0; i < 60; ++i)
        for (Index j = 0; j < chains[l].state.columns; ++j)
          if (held.views[static_cast<std::size_t>(l)](i, j) != 0)
            findings_.near(
                static_cast<double>(chains[l].state(i, j)), static_cast<double>(before[l].state(i, j)), 0, [&] {
                  return fmt::format("{}, held in layer {}, row {}, unit {}", machine.name, l + 1, i + 1, j + 1);
                });
  }
  void held_layers(const Machine& machine) {
    for (Index kept = 0; kept < machine.network.size(); ++kept) {
      Chains chains = started(machine.network, 60);
      const Chains before = started(machine.network, 60);
      std::vector<std::uint8_t> flags(static_cast<std::size_t>(machine.network.size()), 0);
      flags[static_cast<std::size_t>(kept)] = 1;
      sampler_.sweep(machine.network, chains, {4, Stream{5}, flags});
      for (Index i = 0; i < 60; ++i)
        for (Index j = 0; j < chains[kept].state.columns; ++j)
          findings_.near(
              static_cast<double>(chains[kept].state(i, j)), static_cast<double>(before[kept].state(i, j)), 0, [&] {
                return fmt::format("{}, layer {} being held, row {}, unit {}", machine.name, kept + 1, i + 1, j + 1);
              });
    }
  }

  void of_layers() {
    findings_.law("as_mean leaves a layer at its mean, and only_mean_read changes nothing that is read", [&] {
      for (const Machine& machine : machines_) {
        const auto count = static_cast<std::size_t>(machine.network.size());
        std::vector<std::uint8_t> first(count, 0), last(count, 0);
        first.front() = 1;
        Chains by_mean = started(machine.network, 20);
        sampler_.sweep(machine.network, by_mean, {3, Stream{5}, {}, {}, first});
        for (Index i = 0; i < 20; ++i)
          for (Index j = 0; j < by_mean[0].state.columns; ++j)
            findings_.near(
                static_cast<double>(by_mean[0].state(i, j)), static_cast<double>(by_mean[0].mean(i, j)), 0,
                [&] { return fmt::format("{}, row {}, unit {}: state and mean", machine.name, i + 1, j + 1); });
        if (machine.network.joined_within(machine.network.size() - 1)) continue;
        for (const Index layer : machine.network.colours().back()) last[static_cast<std::size_t>(layer)] = 1;
        Chains drawn = started(machine.network, 20), spared = started(machine.network, 20);
        sampler_.sweep(machine.network, drawn, {3, Stream{5}});
        sampler_.sweep(machine.network, spared, {3, Stream{5}, {}, {}, {}, last});
        for (Index l = 0; l < drawn.size(); ++l)
          for (Index i = 0; i < 20; ++i)
            for (Index j = 0; j < drawn[l].state.columns; ++j) {
              const bool only_mean = last[static_cast<std::size_t>(l)] != 0;
              const View<float> got = only_mean ? spared[l].mean : spared[l].state;
              const View<float> expected = only_mean ? drawn[l].mean : drawn[l].state;
              findings_.near(static_cast<double>(got(i, j)), static_cast<double>(expected(i, j)), 1e-6, [&] {
                return fmt::format("{}, only_mean_read: layer {}, row {}, unit {}", machine.name, l + 1, i + 1, j + 1);
              });
            }
      }
    });
  }

  static constexpr Index rows = 6000;

  double strange(const Network& network, const Network& swept, double beta, const Held* held) const {
    // Which temperatures replicas have is not known here: they begin as the first and are given sweeps to part.
    const testing::Laws laws{testing::all_joint_states(network),
                             {static_cast<std::size_t>(sampler_.replicas()), testing::boltzmann_law(network, beta)}};
    return testing::strangeness(
        network, laws,
        [&](Chains& chains) {
          chains.prepare(swept, beta);
          Request request{sweeps_, Stream{2}};
          if (held) request.held_units = held->views;
          sampler_.sweep(swept, chains, request);
        },
        rows);
  }

  void of_invariance() {
    if (sampler_.replicas() > 1) sweeps_ = 60;
    findings_.law("the check can tell: draws from a machine do not stay draws where the sampler is given another", [&] {
      // A sampler that moves little in a sweep is given more of them, and then in the checks below as well.
      for (const Machine& machine : machines_) {
        Network other = machine.network;
        // Of every other unit: the same on all of them is nothing to one-of-K units.
        const Span<float> biases = other.layer(other.size() - 1).parameters.values<float>();
        for (Index j = 0; j < biases.size; j += 2) biases[j] += 0.7F;
        constexpr Index most_sweeps = 128;
        double found = strange(machine.network, other, 1, nullptr);
        while (found < 1 && sweeps_ < most_sweeps) {
          sweeps_ *= 4;
          found = strange(machine.network, other, 1, nullptr);
        }
        findings_.holds(found > 1, [&] {
          return fmt::format("{}: chi-squared is {:.3g} times what it may be, after {} sweeps", machine.name, found,
                             sweeps_);
        });
      }
      findings_.note(fmt::format("after {} sweeps", sweeps_));
    });
    findings_.law("exact draws from exp(-beta E) / Z stay draws from it", [&] {
      for (const Machine& machine : machines_)
        for (const double beta : {1.0, 0.6}) {
          const double found = strange(machine.network, machine.network, beta, nullptr);
          findings_.holds(found < 1, [&] {
            return fmt::format(
                "{}, inverse temperature {:g}: chi-squared of the joint states of {} chains after {} sweeps is "
                "{:.3g} times what it may be",
                machine.name, beta, rows, sweeps_, found);
          });
        }
    });
    findings_.law("exact draws stay draws where a third of the units are held, others in every row", [&] {
      for (const Machine& machine : machines_) {
        const Held held(machine.network, rows);
        const double found = strange(machine.network, machine.network, 1, &held);
        findings_.holds(found < 1, [&] {
          return fmt::format(
              "{}: chi-squared of the joint states of {} chains after {} sweeps is {:.3g} times what it may "
              "be",
              machine.name, rows, sweeps_, found);
        });
      }
    });
    findings_.law("the state of a unit is a draw of which its mean is the expectation", [&] {
      for (const Machine& machine : machines_) {
        Chains chains = started(machine.network, rows);
        sampler_.sweep(machine.network, chains, {8, Stream{12}});
        for (Index l = 0; l < chains.size(); ++l)
          for (Index j = 0; j < chains[l].state.columns; ++j) {
            double sum = 0, squares = 0;
            for (Index i = 0; i < rows; ++i) {
              const double difference =
                  static_cast<double>(chains[l].state(i, j)) - static_cast<double>(chains[l].mean(i, j));
              sum += difference / static_cast<double>(rows);
              squares += difference * difference / static_cast<double>(rows);
            }
            // In random order a unit may have been left out by all sweeps: (5/6)^48, one in 6000 of six.
            findings_.near(sum, 0, 5 * std::sqrt(squares / static_cast<double>(rows)) + 1e-3, [&] {
              return fmt::format("{}, layer {}, unit {}: the mean of state minus mean", machine.name, l + 1, j + 1);
            });
          }
      }
    });
  }

  void of_descent() {
    findings_.law("the energy never rises, or where all units move at once that of two states in turn", [&] {
      bool falls = true;
      for (const Machine& machine : machines_) {
        const Descent descent = descend(machine.network);
        if (descent.rise <= 1e-5) continue;
        falls = false;
        findings_.holds(descent.rise_of_two <= 1e-5, [&] {
          return fmt::format("{}: it rises by {:.4g} in a sweep, and -x(t)' W x(t-1) - b . (x(t) + x(t-1)) by {:.4g}",
                             machine.name, descent.rise, descent.rise_of_two);
        });
      }
      findings_.note(falls ? "it falls with every sweep" : "all at once: that of two states in turn falls");
    });
    findings_.law("it ends in a state that no single unit or block can leave downwards, or in a cycle of two", [&] {
      for (const Machine& machine : machines_) {
        const Descent descent = descend(machine.network);
        const auto joint = testing::all_joint_states(machine.network);
        for (std::size_t i = 0; i < descent.last.size(); ++i) {
          findings_.holds(descent.last[i] == descent.two_before[i],
                          [&] { return fmt::format("{}: row {} has not come to rest", machine.name, i + 1); });
          if (descent.last[i] != descent.before[i]) continue;
          const double energy = testing::naive_energy(machine.network, descent.last[i]);
          for (const State& other : joint)
            if (blocks_apart(machine.network, other, descent.last[i]) == 1)
              findings_.holds(testing::naive_energy(machine.network, other) >= energy - 1e-5,
                              [&] { return fmt::format("{}: row {} could go lower", machine.name, i + 1); });
        }
      }
    });
  }
  struct Descent {
    double rise = -INFINITY, rise_of_two = -INFINITY;
    std::vector<State> last, before, two_before;
  };
  Descent descend(const Network& network) const {
    constexpr Index count = 60;
    Chains chains = started(network, count);
    Descent found;
    std::vector<double> energy(count, INFINITY), energy_of_pair(count, INFINITY);
    found.last.resize(count);
    found.before.resize(count);
    found.two_before.resize(count);
    for (std::uint64_t s = 0; s <= 30; ++s) {
      if (s > 0) sampler_.sweep(network, chains, {1, Stream{1, s}});
      for (std::size_t i = 0; i < count; ++i) {
        found.two_before[i] = std::move(found.before[i]);
        found.before[i] = std::move(found.last[i]);
        found.last[i] = testing::state_of(chains, static_cast<Index>(i));
        const double now = testing::naive_energy(network, found.last[i]);
        found.rise = std::max(found.rise, now - energy[i]);
        energy[i] = now;
        if (s == 0) continue;
        const double of_pair = energy_of_two(network, found.last[i], found.before[i]);
        found.rise_of_two = std::max(found.rise_of_two, of_pair - energy_of_pair[i]);
        energy_of_pair[i] = of_pair;
      }
    }
    return found;
  }
  static int blocks_apart(const Network& network, const State& x, const State& y) {
    int apart = 0;
    for (std::size_t l = 0; l < x.size(); ++l) {
      const auto size = static_cast<Index>(x[l].size());
      const auto block = static_cast<std::size_t>(network.layers()[l].units->block(size));
      for (std::size_t first = 0; first < x[l].size(); first += block)
        apart += !std::equal(x[l].begin() + static_cast<std::ptrdiff_t>(first),
                             x[l].begin() + static_cast<std::ptrdiff_t>(first + block),
                             y[l].begin() + static_cast<std::ptrdiff_t>(first));
    }
    return apart;
  }

  void of_moments() {
    findings_.law("means come to rest", [&] {
      for (const Machine& machine : machines(0.5)) {
        if (!takes(machine)) continue;
        Chains settled = started(machine.network, 5);
        sampler_.sweep(machine.network, settled, {500, Stream{1}});
        const Chains before = std::move(settled);
        Chains after = started(machine.network, 5);
        sampler_.sweep(machine.network, after, {520, Stream{1}});
        for (Index l = 0; l < after.size(); ++l)
          for (Index i = 0; i < 5; ++i)
            for (Index j = 0; j < after[l].mean.columns; ++j)
              findings_.near(
                  static_cast<double>(after[l].mean(i, j)), static_cast<double>(before[l].mean(i, j)), 1e-4, [&] {
                    return fmt::format("{}, layer {}, unit {}, after twenty sweeps more", machine.name, l + 1, j + 1);
                  });
      }
    });
    findings_.law("means are exact where nothing is joined, and near the exact ones where connections are weak", [&] {
      for (const double weight : {0.0, 0.1})
        for (const double beta : {1.0, 0.5})
          for (Machine machine : machines(1)) {
            if (!takes(machine)) continue;
            for (Index i = 0; i < static_cast<Index>(machine.network.links().size()); ++i)
              for (float& value : machine.network.link(i).weights.values<float>()) value *= static_cast<float>(weight);
            Chains chains = started(machine.network, 3, beta);
            sampler_.sweep(machine.network, chains, {300, Stream{1}});
            const auto states = testing::all_joint_states(machine.network);
            const std::vector<double> p = testing::boltzmann_law(machine.network, beta);
            for (std::size_t l = 0; l < machine.network.layers().size(); ++l)
              for (Index j = 0; j < machine.network.layers()[l].size; ++j) {
                double exact = 0;
                for (std::size_t s = 0; s < p.size(); ++s) exact += p[s] * states[s][l][static_cast<std::size_t>(j)];
                findings_.near(static_cast<double>(chains[static_cast<Index>(l)].mean(1, j)), exact,
                               weight > 0 ? 0.02 : 1e-5, [&] {
                                 return fmt::format(
                                     "{}, weights times {:g}, inverse temperature {:g}, layer {}, unit {}",
                                     machine.name, weight, beta, l + 1, j + 1);
                               });
              }
          }
    });
  }
  bool takes(const Machine& machine) const {
    return std::any_of(machines_.begin(), machines_.end(),
                       [&](const Machine& one) { return one.name == machine.name; });
  }

  const Sampler& sampler_;
  Findings& findings_;
  std::vector<Machine> machines_;
  Index sweeps_ = 2;  ///< from exact draws; more where replicas must find their own laws first
};

}  // namespace

void check_sampler(const Handle<Sampler>& sampler, Findings& findings) { SamplerLaws(sampler, findings).check(); }

}  // namespace harmonium::conformance
