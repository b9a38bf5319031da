#include "divergence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "counts.hpp"
#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {
namespace {

double sigma(double input) { return 1 / (1 + std::exp(-input)); }

/// Which joined layers are too large to be added up, in words; empty where none are.
std::string too_large(const std::vector<Index>& sizes) {
  for (std::size_t l = 0; l < sizes.size(); ++l) {
    const Index above = l + 1 < sizes.size() ? sizes[l + 1] : 0;
    if (sizes[l] + above > most_joined_units)
      return fmt::format(
          "layer {} of {} units and {} units above it have more than 2^{} states together, which are "
          "not added up; evaluator.helmholtz_likelihood estimates",
          l, sizes[l], above, most_joined_units);
  }
  return "";
}

/// probabilities[x] += weight prod_j s(x_j; input_j), over all x. `room` has as many values.
void add_product(const std::vector<double>& input, double weight, std::vector<double>& room,
                 std::vector<double>& probabilities) {
  room[0] = weight;
  std::size_t states = 1;
  for (const double each : input) {
    // 1 - sigma(a) = sigma(-a), which does not lose the digits of a small one.
    const double on = sigma(each), off = sigma(-each);
    for (std::size_t x = 0; x < states; ++x) {
      room[states + x] = room[x] * on;
      room[x] *= off;
    }
    states *= 2;
  }
  for (std::size_t x = 0; x < states; ++x) probabilities[x] += room[x];
}

/// The share of each state in the data.
std::map<std::uint32_t, double> shares_of(const Dataset& data, const std::string& part,
                                          const std::string& frequencies) {
  if (data.rows() == 0) throw BadData("there are no rows");
  const std::vector<double> counts = counts_of(data, frequencies);
  const Index number = data.part(part), width = data.spec().part(part).width;
  std::map<std::uint32_t, double> shares;
  constexpr Index block = 4096;
  Tensor rows = Tensor::matrix(std::min(block, data.rows()), width);
  for (Index first = 0; first < data.rows(); first += block) {
    const View<float> read = rows.view().row_range(0, std::min(block, data.rows() - first));
    data.read(number, first, read.rows, read);
    demand_bits(read, first);
    for (Index i = 0; i < read.rows; ++i) {
      std::uint32_t state = 0;
      for (Index j = 0; j < width; ++j)
        if (read(i, j) != 0) state |= std::uint32_t{1} << j;
      shares[state] += counts[static_cast<std::size_t>(first + i)] / static_cast<double>(data.rows());
    }
  }
  return shares;
}

/// The sum over units of the entropies of their marginals.
double entropy_of_marginals(const std::map<std::uint32_t, double>& shares, Index units) {
  double sum = 0;
  for (Index j = 0; j < units; ++j) {
    double on = 0;
    for (const auto& [state, share] : shares) on += (state >> j & 1) != 0 ? share : 0;
    for (const double p : {on, 1 - on})
      if (p > 0) sum -= p * std::log(p);
  }
  return sum;
}

/// Divergence, the independent model's, entropy of the data.
std::vector<double> compare(const HelmholtzMachine& machine, const std::map<std::uint32_t, double>& shares) {
  const std::vector<double> probabilities = visible_probabilities(machine);
  double entropy = 0, cross = 0;
  for (const auto& [state, share] : shares) {
    if (share == 0) continue;
    entropy -= share * std::log(share);
    cross -= share * std::log(probabilities[state]);
  }
  return {cross - entropy, entropy_of_marginals(shares, machine.layer(0).size()) - entropy, entropy};
}

Table table_of(std::string rows_are) {
  return {"divergence of the machine from the data",
          std::move(rows_are),
          {"divergence", "independent", "entropy"},
          {"nats", "nats", "nats"},
          {}};
}

template <class Node>
void describe_common(NodeType<Node>& type) {
  type.cites("Hinton, Dayan, Frey, Neal 1995")
      .template input<Dataset>("data", "Rows of 0 and 1.")
      .template output<Table>("table",
                              "KL divergence of the machine's law from that of the data, beside that of the "
                              "independent model with the data's means, and the data's entropy.");
  type.parameter("frequencies", &Node::frequencies)
      .says("A part of the data, one column wide, that says how often each row counts; empty: all the same.");
}

void check(const HelmholtzSpec& machine, const std::string& port, const std::string& frequencies, const Specs& in,
           Specs& out) {
  const DataSpec& data = in.get<Dataset>("data");
  check_part(machine, data, "in.data", out);
  check_frequencies(frequencies, data, out);
  if (const std::string problem = too_large(machine.sizes); !problem.empty()) out.problem("in." + port, problem);
  out.set<Table>("table", {});
}

}  // namespace

std::vector<double> visible_probabilities(const HelmholtzMachine& machine) {
  if (const std::string problem = too_large(machine.spec().sizes); !problem.empty()) throw RunFailed(problem);
  std::vector<double> above = {1};
  for (Index l = machine.size() - 1; l >= 0; --l) {
    const View<const float> bias = machine.layer(l).bias.view();
    const std::size_t states = std::size_t{1} << bias.columns;
    std::vector<double> here(states, 0), room(states);
    std::vector<double> input(static_cast<std::size_t>(bias.columns));
    for (std::size_t x = 0; x < above.size(); ++x) {
      for (Index j = 0; j < bias.columns; ++j) {
        double sum = static_cast<double>(bias(0, j));
        for (Index i = 0; x >> i != 0; ++i)
          if ((x >> i & 1) != 0) sum += static_cast<double>(machine.link(l).generation.view()(i, j));
        input[static_cast<std::size_t>(j)] = sum;
      }
      add_product(input, above[x], room, here);
    }
    above = std::move(here);
  }
  return above;
}

void Divergence::describe(NodeType<Divergence>& type) {
  type.says("How far a small Helmholtz machine is from the law of the data, exactly: by adding up all its states.")
      .input<HelmholtzMachine>("model", "The machine; two joined layers may have 24 units together.");
  describe_common(type);
}

void Divergence::outputs(const Specs& in, Specs& out) const {
  check(in.get<HelmholtzMachine>("model"), "model", frequencies, in, out);
}

Outputs Divergence::run(const Inputs& in, Context& context) const {
  const auto& machine = in.get<HelmholtzMachine>("model");
  Table table = table_of("");
  table.rows.push_back({"", compare(machine, shares_of(in.get<Dataset>("data"), machine.part, frequencies))});
  context.metric("divergence", table.rows[0].values[0], "nats");
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

void DivergenceCourse::describe(NodeType<DivergenceCourse>& type) {
  type.says("How far a small Helmholtz machine is from the law of the data at every snapshot of a training, exactly.")
      .input<Snapshots>("snapshots", "The machine at some epochs; two joined layers may have 24 units together.");
  describe_common(type);
}

void DivergenceCourse::outputs(const Specs& in, Specs& out) const {
  check(in.get<Snapshots>("snapshots"), "snapshots", frequencies, in, out);
}

Outputs DivergenceCourse::run(const Inputs& in, Context& context) const {
  const auto& taken = in.get<Snapshots>("snapshots").taken;
  Table table = table_of("epoch");
  std::map<std::uint32_t, double> shares;
  for (const Snapshots::Taken& one : taken) {
    if (shares.empty()) shares = shares_of(in.get<Dataset>("data"), one.machine.part, frequencies);
    table.rows.push_back({std::to_string(one.epoch), compare(one.machine, shares)});
    context.progress(static_cast<double>(table.rows.size()), static_cast<double>(taken.size()), "snapshots");
  }
  Outputs outputs;
  outputs.set("table", std::move(table));
  return outputs;
}

}  // namespace harmonium::helmholtz
