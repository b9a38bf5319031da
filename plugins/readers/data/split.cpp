#include "split.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "harmonium/errors.hpp"
#include "renumbered.hpp"

namespace harmonium {

namespace {

struct Sizes {
  Index test = 0, validation = 0;
};

/// Throws BadPipeline where a set would be without rows.
Sizes sizes_of(const Split& node, Index rows) {
  const Sizes sizes{std::llround(node.test * static_cast<double>(rows)),
                    std::llround(node.validation * static_cast<double>(rows))};
  if (node.test > 0 && sizes.test == 0)
    throw BadPipeline(fmt::format("{} of {} rows leaves no row for 'test'", node.test, rows), "with.test");
  if (node.validation > 0 && sizes.validation == 0)
    throw BadPipeline(fmt::format("{} of {} rows leaves no row for 'validation'", node.validation, rows),
                      "with.validation");
  if (sizes.test + sizes.validation >= rows)
    throw BadPipeline(fmt::format("of {} rows, {} for 'test' and {} for 'validation' leave none for 'train'", rows,
                                  sizes.test, sizes.validation),
                      "with.test");
  return sizes;
}

/// `total` shared out in proportion to `counts`: the whole part of each quota, and the rest to the largest remainders,
/// of equal ones to the first.
std::vector<Index> apportion(const std::vector<Index>& counts, Index total) {
  const Index sum = std::accumulate(counts.begin(), counts.end(), Index{0});
  std::vector<Index> shares(counts.size());
  if (sum == 0) return shares;
  std::vector<Index> remainders(counts.size());
  Index left = total;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    // Two numbers of rows: their product fits up to three thousand million of them.
    shares[i] = counts[i] * total / sum;
    remainders[i] = counts[i] * total % sum;
    left -= shares[i];
  }
  std::vector<std::size_t> order(counts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
  for (Index i = 0; i < left; ++i) ++shares[order[static_cast<std::size_t>(i)]];
  return shares;
}

Tensor numbers_of(const std::vector<std::uint8_t>& set_of, std::uint8_t set) {
  Tensor numbers = Tensor::of<std::int64_t>({std::count(set_of.begin(), set_of.end(), set)});
  Index next = 0;
  for (std::size_t row = 0; row < set_of.size(); ++row)
    if (set_of[row] == set) numbers.data<std::int64_t>()[next++] = static_cast<Index>(row);
  return numbers;
}

Dataset rows_of(const Dataset& data, const std::shared_ptr<Tensor>& numbers) {
  return renumbered(data, numbers->rows(),
                    [keep = numbers, first = numbers->data<std::int64_t>()](Index row) { return first[row]; });
}

}  // namespace

void Split::State::visit(Visitor& visitor) {
  visitor("train", *train);
  visitor("test", *test);
  visitor("validation", *validation);
}

void Split::describe(NodeType<Split>& type) {
  type.says("Parts rows at random into training, test and validation sets, class by class.").random();
  type.input<Dataset>("data", "What to part.");
  type.parameter("test", &Split::test).at_least(0).below(1).says("The fraction of all rows held out as 'test'.");
  type.parameter("validation", &Split::validation)
      .at_least(0)
      .below(1)
      .says("The fraction of all rows held out as 'validation'.");
  type.parameter("stratify", &Split::stratify).says("Whether every set has the classes in the same proportions.");
  type.parameter("by", &Split::by).says("The part whose classes are kept in proportion.");
  type.output<Dataset>("train", "The rows that are not held out.");
  type.output<Dataset>("test", "There where 'test' is above 0.");
  type.output<Dataset>("validation", "There where 'validation' is above 0.");
}

void Split::outputs(const Specs& in, Specs& out) const {
  DataSpec spec = in.get<Dataset>("data");
  if (test + validation >= 1) {
    out.problem("with.test", fmt::format("'test' {} and 'validation' {} leave nothing for 'train'", test, validation));
    return;
  }
  if (stratify) {
    const PartSpec* classes = spec.find(by);
    if (!classes)
      out.problem(by == "label" ? "with.stratify" : "with.by",
                  fmt::format("the data have no part '{}' whose classes could be kept in proportion; say 'stratify: "
                              "false', or name another part with 'by'",
                              by));
    else if (classes->kind != PartSpec::Kind::category)
      out.problem("with.by", fmt::format("part '{}' holds numbers, not classes", by));
  }
  const Index rows = spec.rows;
  const Sizes sizes = rows == DataSpec::unknown ? Sizes{} : sizes_of(*this, rows);
  const auto set = [&](const char* port, Index size) {
    spec.rows = rows == DataSpec::unknown ? DataSpec::unknown : size;
    out.set<Dataset>(port, spec);
  };
  set("train", rows - sizes.test - sizes.validation);
  if (test > 0) set("test", sizes.test);
  if (validation > 0) set("validation", sizes.validation);
}

Split::State Split::start(const Inputs& in, Context& context) const {
  const auto& data = in.get<Dataset>("data");
  const Sizes sizes = sizes_of(*this, data.rows());
  const auto rows = static_cast<std::size_t>(data.rows());
  const std::vector<Index> class_of = stratify ? data.classes(by) : std::vector<Index>(rows, 0);
  std::vector<Index> counts(static_cast<std::size_t>(*std::max_element(class_of.begin(), class_of.end()) + 1));
  for (const Index each : class_of) ++counts[static_cast<std::size_t>(each)];

  // What is held out is shared out first, so that no class is asked for more rows than it has.
  const std::vector<Index> held = apportion(counts, sizes.test + sizes.validation);
  std::vector<Index> wanted_test = apportion(held, sizes.test);
  std::vector<Index> wanted_validation(held.size());
  for (std::size_t i = 0; i < held.size(); ++i) wanted_validation[i] = held[i] - wanted_test[i];

  enum Set : std::uint8_t { in_train, in_test, in_validation };
  std::vector<std::uint8_t> set_of(rows, in_train);
  std::vector<Index> order(rows);
  permutation(context.stream("rows"), order);
  for (const Index row : order) {
    const auto at = static_cast<std::size_t>(row);
    const auto of = static_cast<std::size_t>(class_of[at]);
    if (wanted_test[of] > 0) {
      --wanted_test[of];
      set_of[at] = in_test;
    } else if (wanted_validation[of] > 0) {
      --wanted_validation[of];
      set_of[at] = in_validation;
    }
  }
  State state;
  *state.train = numbers_of(set_of, in_train);
  *state.test = numbers_of(set_of, in_test);
  *state.validation = numbers_of(set_of, in_validation);
  return state;
}

void Split::finish(State& state, const Inputs& in, Outputs& out) const {
  const auto& data = in.get<Dataset>("data");
  out.set("train", rows_of(data, state.train));
  if (test > 0) out.set("test", rows_of(data, state.test));
  if (validation > 0) out.set("validation", rows_of(data, state.validation));
}

}  // namespace harmonium
