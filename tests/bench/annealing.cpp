#include "annealing.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "bare_products.hpp"
#include "harmonium/network.hpp"
#include "memory_kernel.hpp"
#include "plugin/registry.hpp"

namespace harmonium::bench {
namespace {

constexpr Index piece = 200, pieces_a_round = 5;

/// After every piece the products of as many temperatures.
class Interleaved final : public Context {
 public:
  explicit Interleaved(BareProducts products) : products_(std::move(products)) {}

  Stream stream(Text purpose) override { return Stream{1, 0, 0, 0}.purpose(purpose); }
  void progress(double, double, Text, Steps) override {
    if (++temperatures_ % piece != 0) return;
    annealing_ += std::chrono::duration<double>(Clock::now() - began_).count();
    bare_ += products_.by_the_door(piece);
    if (temperatures_ % (piece * pieces_a_round) == 0) {
      // The first round is for the caches.
      if (temperatures_ > piece * pieces_a_round)
        fmt::print("{{\"annealing\": {}, \"products\": {}}}\n", annealing_, bare_);
      std::fflush(stdout);
      annealing_ = bare_ = 0;
    }
    began_ = Clock::now();
  }
  void metric(Text, double, Text) override {}
  void warn(Text) override {}
  Tensor on_disk(Text, Element element, Span<const Index> shape) override {
    return Tensor(element, Tensor::Shape(shape.begin(), shape.end()));
  }

 private:
  using Clock = std::chrono::steady_clock;
  BareProducts products_;
  Index temperatures_ = 0;
  double annealing_ = 0, bare_ = 0;
  Clock::time_point began_ = Clock::now();
};

}  // namespace

void annealing_beside_products(Index visible, Index hidden, Index runs, Index rounds) {
  Network network;
  network.add({"visible", make_value<Units>("units.bernoulli"), visible, {}, true, "features", {}});
  network.add({"hidden", make_value<Units>("units.bernoulli"), hidden, {}, false, "", {}});
  network.connect(make_value<Connection>("connection.dense"), 0, 1);
  normal(Stream{1}, network.link(0).weights.view());
  for (float& weight : network.link(0).weights.values<float>()) weight *= 0.05F;
  testing::FakeInputs inputs;
  inputs.add("model", network);
  Interleaved context(BareProducts::of_annealing(runs, visible, hidden));
  const TypeInfo* info = Registry::instance().find("evaluator.ais");
  // There and back, and a round more to begin with.
  const std::int64_t temperatures = (rounds + 2) * piece * pieces_a_round / 2;
  const auto node = info->as_node(testing::make(
      *info, {{"runs", std::int64_t{runs}}, {"temperatures", temperatures}, {"burn_in", std::int64_t{0}}}));
  const std::unique_ptr<Work> work(node->start(inputs, context));
  while (work->advance(inputs, context)) {
  }
}

}  // namespace harmonium::bench
