#pragma once

#include "fake_kernel.hpp"
#include "kernel/network/small_networks.hpp"

namespace harmonium::testing {

inline std::shared_ptr<const NodeWork> registered(const std::string& type, const Settings& settings) {
  load_plugins();
  const TypeInfo* info = Registry::instance().find(type);
  if (!info) throw std::logic_error("no type " + type);
  return info->as_node(make(*info, settings));
}

/// The problems that a node finds before any work, one a line: "where: message".
inline std::string problems_of(const std::string& type, const Settings& settings, const Specs& inputs) {
  Specs outputs;
  registered(type, settings)->outputs(inputs, outputs);
  std::string all;
  for (const Specs::Problem& problem : outputs.problems()) all += problem.where + ": " + problem.message + "\n";
  return all;
}

/// Runs a registered node to its end.
inline Outputs run_registered(const std::string& type, const Settings& settings, const Inputs& inputs,
                              FakeContext& context) {
  const auto node = registered(type, settings);
  const std::unique_ptr<Work> work(node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
  Outputs outputs;
  work->finish(inputs, outputs);
  return outputs;
}

/// Rows of binary patterns with structure: the first half of the columns is repeated in the second.
inline Dataset mirrored_rows(Index rows, Index columns, std::uint64_t seed) {
  Tensor tensor = Tensor::matrix(rows, columns);
  uniform(Stream{seed}, tensor.view());
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) {
      float& value = tensor.view()(i, j);
      value = j < columns / 2 ? (value < 0.5F ? 0.0F : 1.0F) : tensor.view()(i, j - columns / 2);
    }
  return make_data(std::move(tensor));
}

inline std::vector<std::vector<double>> as_rows(const Dataset& data) {
  const Tensor all = all_rows(data, "features");
  std::vector<std::vector<double>> rows;
  for (Index i = 0; i < all.rows(); ++i) rows.emplace_back(all.view().row(i).begin(), all.view().row(i).end());
  return rows;
}

inline bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data<float>(), a.data<float>() + a.size(), b.data<float>());
}

inline bool same_state(const SavedState& a, const SavedState& b) {
  if (a.integers != b.integers || a.reals != b.reals || a.tensors.size() != b.tensors.size()) return false;
  for (const auto& [name, tensor] : a.tensors) {
    const auto other = b.tensors.find(name);
    if (other == b.tensors.end() || other->second.bytes() != tensor.bytes() ||
        !std::equal(static_cast<const char*>(tensor.raw()), static_cast<const char*>(tensor.raw()) + tensor.bytes(),
                    static_cast<const char*>(other->second.raw())))
      return false;
  }
  return true;
}

/// A trainer ends in the same state whether it is taken down and set up again in the middle (of an epoch, where it
/// counts what is done of one) or not.
inline void expect_resumable(const std::string& type, const Settings& settings, const FakeInputs& inputs) {
  const auto node = registered(type, settings);
  FakeContext context;
  const std::unique_ptr<Work> straight(node->start(inputs, context));
  int steps = 1;
  while (straight->advance(inputs, context)) ++steps;
  ASSERT_GT(steps, 6) << "too short to be stopped within an epoch";
  const std::unique_ptr<Work> first(node->start(inputs, context));
  for (int i = 0; i < steps / 2; ++i) first->advance(inputs, context);
  SavedState saved = save(*first);
  if (saved.integers.contains("done")) {
    ASSERT_GT(saved.integers.at("done"), 0) << "not within an epoch";
  }
  const std::unique_ptr<Work> second(node->blank());
  load(saved, *second);
  EXPECT_TRUE(same_state(saved, save(*second)));
  while (second->advance(inputs, context)) {
  }
  EXPECT_TRUE(same_state(save(*straight), save(*second)));
}

}  // namespace harmonium::testing
