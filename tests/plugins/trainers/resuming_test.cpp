#include <gtest/gtest.h>

#include "harmonium/feedforward.hpp"
#include "harmonium/table.hpp"
#include "plugins/trainers/trainer_kernel.hpp"

/// Training that stops in the middle of an epoch and goes on elsewhere, with every memory that there is.
namespace harmonium::testing {
namespace {

const char* const rules[] = {"{use: update.sgd, with: {rate: 0.1, momentum: 0.9}}", "update.nesterov", "update.adam"};

TEST(Resuming, WithinAnEpochOfContrastiveDivergenceKeepsMomentsSparsityAndChains) {
  FakeInputs inputs;
  inputs.add("model", make_rbm(8, 5, 0.1, 5)).add("data", mirrored_rows(130, 8, 3));
  for (const char* type : {"trainer.cd", "trainer.pcd"})
    for (const char* rule : rules)
      // So many sweeps that a piece of work is one batch.
      expect_resumable(type,
                       {{"epochs", std::int64_t{3}},
                        {"batch", std::int64_t{16}},
                        {"steps", std::int64_t{1000}},
                        {"update", rule},
                        {"centring", "average"},
                        {"penalties", list({"penalty.l2", "{use: penalty.sparsity, with: {target: 0.1}}"})}},
                       inputs);
}

TEST(Resuming, WithinAnEpochOfBackpropagationKeepsMomentsAndTheLossSoFar) {
  constexpr Index rows = 15000;
  Tensor features = Tensor::matrix(rows, 4);
  uniform(Stream{77}, features.view());
  std::vector<Index> labels;
  for (Index i = 0; i < rows; ++i) labels.push_back(i % 3);
  FakeInputs inputs;
  inputs.add("data", make_data(std::move(features), labels, 3)).add("stack", make_rbm(4, 6, 0.3, 3));
  for (const char* rule : rules)
    // Batches so large that a piece of work is two of them.
    expect_resumable("trainer.backprop",
                     {{"epochs", std::int64_t{5}}, {"batch", std::int64_t{4000}}, {"update", rule}, {"dropout", 0.5}},
                     inputs);
}

}  // namespace
}  // namespace harmonium::testing
