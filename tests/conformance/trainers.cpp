#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "conformance/laws.hpp"
#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "kernel/network/stationary.hpp"
#include "kernel/numerics/thread_count.hpp"
#include "memory_kernel.hpp"
#include "pipeline/values.hpp"

namespace harmonium::conformance {
namespace {

using testing::FakeContext;
using testing::FakeInputs;
using testing::SavedState;

const PortInfo* port_of(const std::vector<PortInfo>& ports, const char* type) {
  for (const PortInfo& port : ports)
    if (port.type == type && !port.optional) return &port;
  return nullptr;
}

/// A machine that a trainer may take, and rows that it can show.
struct Task {
  std::string name;
  Network network;
  Tensor rows;
};

/// Rows whose second half repeats the first, in all states of it: half of the bits are there to be learned.
Tensor mirrored_rows(Index half, Index copies, double off) {
  const Index states = Index{1} << half;
  Tensor rows = Tensor::matrix(states * copies, 2 * half);
  for (Index i = 0; i < rows.rows(); ++i)
    for (Index j = 0; j < half; ++j)
      rows.view()(i, j) = rows.view()(i, half + j) = (i % states) >> j & 1 ? 1.0F : static_cast<float>(off);
  return rows;
}

/// Patterns that have much in common, so that Hebb's rule alone does not hold them.
Tensor alike_rows(Index copies, double off) {
  constexpr int patterns[][6] = {{1, 1, 1, 0, 0, 0}, {1, 1, 0, 1, 0, 0}, {1, 1, 0, 0, 1, 0}, {0, 1, 1, 1, 0, 0}};
  Tensor rows = Tensor::matrix(4 * copies, 6);
  for (Index i = 0; i < rows.rows(); ++i)
    for (Index j = 0; j < 6; ++j) rows.view()(i, j) = patterns[i % 4][j] ? 1.0F : static_cast<float>(off);
  return rows;
}

Network named(Network network) {
  for (Index l : network.visible()) network.layer(l).part = "features";
  return network;
}

Network joined_layer(Index size, const std::string& units, double deviation) {
  Network network;
  network.add(testing::make_layer("units", units, size, true));
  network.connect(make_value<Connection>("connection.lateral"), 0, 0);
  testing::randomise(network, deviation, 7);
  return named(std::move(network));
}

/// Of all those that trainers are known to take the first is used that this one does.
std::vector<Task> tasks() {
  std::vector<Task> all;
  all.push_back({"a restricted Boltzmann machine", named(testing::make_rbm(6, 6, 0.01, 5)), mirrored_rows(3, 20, 0)});
  all.push_back({"binary units that are all joined, some hidden", named(testing::make_boltzmann(4, 2, 0.01, 5)),
                 mirrored_rows(2, 40, 0)});
  all.push_back(
      {"visible binary units that are all joined", joined_layer(6, "units.bernoulli", 0.01), alike_rows(20, 0)});
  all.push_back({"visible spins that are all joined", joined_layer(6, "units.spin", 0.01), alike_rows(20, -1)});
  Network deep;
  deep.add(testing::make_layer("visible", "units.bernoulli", 4, true));
  deep.add(testing::make_layer("middle", "units.bernoulli", 3, false));
  deep.add(testing::make_layer("top", "units.bernoulli", 2, false));
  deep.connect(make_value<Connection>("connection.dense"), 0, 1);
  deep.connect(make_value<Connection>("connection.dense"), 1, 2);
  testing::randomise(deep, 0.1, 5);
  all.push_back({"a deep Boltzmann machine", named(std::move(deep)), mirrored_rows(2, 40, 0)});
  return all;
}

/// log p(v) of every state of the visible layer, which is the first, by sums over all joint states.
std::map<std::vector<double>, double> log_probabilities(const Network& network) {
  std::map<std::vector<double>, double> weights;
  double z = 0;
  for (const auto& state : testing::all_joint_states(network)) {
    const double weight = std::exp(-testing::naive_energy(network, state));
    weights[state[0]] += weight;
    z += weight;
  }
  for (auto& [state, weight] : weights) weight = std::log(weight / z);
  return weights;
}

double log_likelihood(const Network& network, const Tensor& rows) {
  const auto log_p = log_probabilities(network);
  double sum = 0;
  for (Index i = 0; i < rows.rows(); ++i) sum += log_p.at({rows.view().row(i).begin(), rows.view().row(i).end()});
  return sum / static_cast<double>(rows.rows());
}

/// The log-likelihood of the best of all models: minus the entropy of the rows.
double highest_log_likelihood(const Tensor& rows) {
  std::map<std::vector<float>, double> counts;
  for (Index i = 0; i < rows.rows(); ++i) ++counts[{rows.view().row(i).begin(), rows.view().row(i).end()}];
  double sum = 0;
  for (const auto& [row, count] : counts) sum += count * std::log(count / static_cast<double>(rows.rows()));
  return sum / static_cast<double>(rows.rows());
}

/// Rows in the proportions in which the machine shows them.
Tensor rows_of(const Network& network, Index count) {
  const auto log_p = log_probabilities(network);
  Tensor rows = Tensor::matrix(count, network.layer(0).size);
  // What is due of every state so far, against what has been given: the error is below one row of each.
  std::map<std::vector<double>, double> due;
  for (Index i = 0; i < count; ++i) {
    const std::vector<double>* most = nullptr;
    for (const auto& [state, p] : log_p) {
      due[state] += std::exp(p);
      if (!most || due[state] > due[*most]) most = &state;
    }
    due[*most] -= 1;
    for (Index j = 0; j < rows.columns(); ++j)
      rows.view()(i, j) = static_cast<float>((*most)[static_cast<std::size_t>(j)]);
  }
  return rows;
}

std::vector<double> parameters_of(const Network& network) {
  std::vector<double> all;
  for (const Layer& layer : network.layers())
    for (const float value : Span<const float>(layer.parameters.data<float>(), layer.parameters.size()))
      all.push_back(static_cast<double>(value));
  for (const Link& link : network.links())
    for (const float value : Span<const float>(link.weights.data<float>(), link.weights.size()))
      all.push_back(static_cast<double>(value));
  return all;
}

class TrainerLaws {
 public:
  TrainerLaws(const TypeInfo& type, const Questions& questions, Findings& findings)
      : type_(type),
        findings_(findings),
        model_in_(port_of(type.inputs, Network::port_type)->name),
        data_in_(port_of(type.inputs, Dataset::port_type)->name),
        model_out_(port_of(type.outputs, Network::port_type)->name),
        node_(type.as_node(pipeline::make_object(type, questions.with))),
        gradient_(questions.gradient),
        with_(questions.with) {
    for (const PortInfo& port : type.inputs)
      if (!port.optional && port.name != model_in_ && port.name != data_in_)
        throw Error(Exit::usage,
                    fmt::format("'{}' needs an input '{}', which the kit cannot give", type.name, port.name));
  }

  void check() {
    findings_.law("it takes a small machine and its data, and refuses others before any work", [&] {
      std::string refusal;
      for (Task& task : tasks()) {
        const std::vector<std::string> problems = problems_with(task.network, task.rows.columns());
        if (problems.empty()) {
          findings_.note("it takes " + task.name);
          task_ = std::move(task);
          break;
        }
        refusal = task.name + ": " + problems.front();
      }
      findings_.holds(task_.has_value(),
                      [&] { return "it takes no machine of the kit's; of the last it says: " + refusal; });
      if (!task_) return;
      findings_.holds(!problems_with(task_->network, task_->rows.columns() + 1).empty(),
                      [] { return std::string("data wider than the visible layer are taken"); });
      findings_.holds(!problems_with(task_->network, task_->rows.columns(), "other").empty(),
                      [] { return std::string("data without the part that the visible layer shows are taken"); });
    });
    if (!task_) return;
    findings_.law("it raises the exact likelihood of a small machine", [&] {
      FakeContext context;
      const double before = log_likelihood(task_->network, task_->rows), best = highest_log_likelihood(task_->rows);
      const double after = log_likelihood(trained(*node_, task_->network, task_->rows, context), task_->rows);
      findings_.holds(after > before + 0.1 * (best - before), [&] {
        return fmt::format(
            "{:.4f} nats a row before, {:.4f} after; {:.4f} can be reached, and a tenth of the way was "
            "expected (longer training, by --with?)",
            before, after, best);
      });
      findings_.note(fmt::format("from {:.3f} to {:.3f} nats a row; {:.3f} can be reached", before, after, best));
    });
    findings_.law("work that is stopped, written down, read back and gone on with ends with the same bits",
                  [&] { resuming(); });
    findings_.law("one thread and two give the same bits", [&] {
      const auto with_threads = [&](int count) {
        const ThreadCount some(count);
        FakeContext context;
        return parameters_of(trained(*node_, task_->network, task_->rows, context));
      };
      findings_.holds(with_threads(1) == with_threads(2),
                      [] { return std::string("the parameters of the two differ"); });
    });
    if (gradient_) of_gradient();
  }

 private:
  std::vector<std::string> problems_with(const Network& network, Index width,
                                         const std::string& part = "features") const {
    Specs in, out;
    in.set<Network>(model_in_, network.spec());
    PartSpec features;
    features.name = part;
    features.width = width;
    in.set<Dataset>(data_in_, {160, {features}});
    try {
      node_->outputs(in, out);
    } catch (const BadPipeline& error) {
      return {error.what()};
    }
    std::vector<std::string> problems;
    for (const Specs::Problem& problem : out.problems()) problems.push_back(problem.message);
    return problems;
  }

  FakeInputs inputs(const Network& network, const Tensor& rows) const {
    FakeInputs inputs;
    inputs.add(model_in_, network).add(data_in_, testing::make_data(rows));
    return inputs;
  }
  Network result(Work& work, const Inputs& in) const {
    Outputs outputs;
    work.finish(in, outputs);
    return testing::get<Network>(outputs, model_out_);
  }
  Network trained(const NodeWork& node, const Network& network, const Tensor& rows, FakeContext& context) const {
    const FakeInputs in = inputs(network, rows);
    const std::unique_ptr<Work> work(node.start(in, context));
    while (work->advance(in, context)) {
    }
    return result(*work, in);
  }

  static bool same_state(const SavedState& a, const SavedState& b) {
    if (a.integers != b.integers || a.reals != b.reals || a.tensors.size() != b.tensors.size()) return false;
    return std::all_of(a.tensors.begin(), a.tensors.end(), [&](const auto& one) {
      const auto other = b.tensors.find(one.first);
      return other != b.tensors.end() && other->second.bytes() == one.second.bytes() &&
             std::equal(static_cast<const char*>(one.second.raw()),
                        static_cast<const char*>(one.second.raw()) + one.second.bytes(),
                        static_cast<const char*>(other->second.raw()));
    });
  }

  void resuming() {
    const FakeInputs in = inputs(task_->network, task_->rows);
    FakeContext context;
    const std::unique_ptr<Work> straight(node_->start(in, context));
    int units = 1;
    while (straight->advance(in, context)) ++units;
    const SavedState end = testing::save(*straight);
    const std::vector<double> parameters = parameters_of(result(*straight, in));
    const auto stop_after = [&](int stop) {
      FakeContext first_context, second_context;
      const std::unique_ptr<Work> first(node_->start(in, first_context));
      for (int i = 0; i < stop; ++i) first->advance(in, first_context);
      SavedState saved = testing::save(*first);
      const std::unique_ptr<Work> second(node_->blank());
      testing::load(saved, *second);
      const std::string at = fmt::format("stopped after {} of {} calls of advance()", stop, units);
      findings_.holds(same_state(saved, testing::save(*second)),
                      [&] { return at + ": what was read back is not what was written"; });
      while (second->advance(in, second_context)) {
      }
      findings_.holds(parameters_of(result(*second, in)) == parameters,
                      [&] { return at + ": other parameters at the end"; });
      findings_.holds(same_state(end, testing::save(*second)), [&] { return at + ": another state at the end"; });
    };
    stop_after(0);
    if (units > 2) stop_after(1);
    if (units > 3) stop_after(units / 2);
    findings_.note(fmt::format("of {} calls of advance()", units));
  }

  void of_gradient() {
    // One step, on all rows at once: a second one would not begin at the optimum. So many rows that what their whole
    // numbers miss of the distribution is little beside the standard error.
    constexpr Index count = 8000;
    const std::shared_ptr<void> object = pipeline::make_object(type_, with_);
    for (const ParameterInfo& parameter : type_.parameters) {
      if (parameter.kind != SettingKind::integer) continue;
      if (parameter.name == "batch") parameter.set(object.get(), count);
      if (parameter.extends) parameter.set(object.get(), static_cast<std::int64_t>(std::max(1.0, parameter.minimum)));
    }
    const auto brief = type_.as_node(object);
    Network machine = task_->network;
    testing::randomise(machine, 0.7, 11);
    const Tensor own = rows_of(machine, count);
    findings_.law("where the data are the model's own distribution its expected step is zero", [&] {
      const double largest = most_errors(*brief, machine, own, [&](std::size_t parameter, double mean, double error) {
        // Whole numbers of rows miss the distribution by up to half a row a state.
        findings_.near(mean, 0, 5 * error + 1e-4,
                       [&] { return fmt::format("parameter {}, mean step", parameter + 1); });
      });
      findings_.note(fmt::format("of {} seeds; at most {:.1f} standard errors", seeds, largest));
    });
    findings_.law("the check can tell: on other data the step is not zero", [&] {
      const double largest = most_errors(*brief, machine, task_->rows, [](std::size_t, double, double) {});
      findings_.holds(largest > 10, [&] { return fmt::format("at most {:.1f} standard errors", largest); });
    });
  }
  /// The mean step of every parameter over seeds, and its standard error; gives the most standard errors.
  template <class See>
  double most_errors(const NodeWork& node, const Network& machine, const Tensor& rows, const See& see) const {
    const std::vector<double> before = parameters_of(machine);
    std::vector<double> sum(before.size(), 0.0), squares = sum;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      FakeContext context(seed);
      const std::vector<double> after = parameters_of(trained(node, machine, rows, context));
      for (std::size_t k = 0; k < after.size(); ++k) {
        sum[k] += (after[k] - before[k]) / seeds;
        squares[k] += (after[k] - before[k]) * (after[k] - before[k]) / seeds;
      }
    }
    double largest = 0;
    for (std::size_t k = 0; k < sum.size(); ++k) {
      const double error = std::sqrt(std::max(0.0, squares[k] - sum[k] * sum[k]) / seeds);
      see(k, sum[k], error);
      largest = std::max(largest, std::abs(sum[k]) / (error + 1e-6));
    }
    return largest;
  }

  static constexpr int seeds = 100;
  const TypeInfo& type_;
  Findings& findings_;
  std::string model_in_, data_in_, model_out_;
  std::shared_ptr<const NodeWork> node_;
  bool gradient_;
  std::string with_;
  std::optional<Task> task_;
};

}  // namespace

bool is_trainer(const TypeInfo& type) {
  return type.kind == TypeInfo::Kind::node && port_of(type.inputs, Network::port_type) &&
         port_of(type.inputs, Dataset::port_type) && port_of(type.outputs, Network::port_type);
}

void check_trainer(const TypeInfo& type, const Questions& questions, Findings& findings) {
  TrainerLaws(type, questions, findings).check();
}

}  // namespace harmonium::conformance
