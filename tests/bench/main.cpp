#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "annealing.hpp"
#include "bare_products.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"
#include "numerics/waiting.hpp"
#include "plugin/registry.hpp"
#include "sweep.hpp"
#include "timed_training.hpp"

namespace harmonium::bench {
namespace {

bool epoch_ends(double done) { return done == std::floor(done); }

/// After every piece of an epoch the bare products of as many batches, so that whatever slows the machine down slows
/// all alike. A line an epoch.
class BesideProducts final : public TimedTraining {
 public:
  BesideProducts(BareProducts products, Index batches_an_epoch)
      : products_(std::move(products)), batches_an_epoch_(batches_an_epoch) {}

 private:
  void piece(double seconds, double done) override {
    if (done <= 1) return;
    const auto batches = std::lround((done - done_) * static_cast<double>(batches_an_epoch_));
    done_ = done;
    training_ += seconds;
    door_ += products_.by_the_door(batches);
    openblas_ += products_.by_openblas(batches);
    if (!epoch_ends(done)) return;
    fmt::print("{{\"training\": {}, \"door\": {}, \"openblas\": {}}}\n", training_, door_, openblas_);
    std::fflush(stdout);
    training_ = door_ = openblas_ = 0;
  }

  BareProducts products_;
  Index batches_an_epoch_;
  double done_ = 1, training_ = 0, door_ = 0, openblas_ = 0;
};

/// Goes on for an epoch whenever a line comes in, and answers with its seconds.
class OnDemand final : public TimedTraining {
  void piece(double seconds, double done) override {
    if (done > 1) training_ += seconds;
    if (!epoch_ends(done)) return;
    if (done > 1) answer();
    wait();
  }
  void answer() {
    fmt::print("{}\n", training_);
    std::fflush(stdout);
    training_ = 0;
  }
  static void wait() {
    int c = std::getchar();
    while (c != '\n' && c != EOF) c = std::getchar();
  }

  double training_ = 0;
};

int bench(const std::vector<std::string>& arguments) {
  if (arguments.size() == 2 && arguments[0] == "sweep") {
    Registry::instance().load(Registry::folders({}));
    sweep_beside_product(784, 100, std::stol(arguments[1]));
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "ais") {
    Registry::instance().load(Registry::folders({}));
    annealing_beside_products(784, 500, 100, std::stol(arguments[1]));
    return 0;
  }
  if (arguments.size() == 2 && arguments[0] == "tempering") {
    Registry::instance().load(Registry::folders({}));
    tempering_beside_sweeps(784, 500, 100, 10, std::stol(arguments[1]));
    return 0;
  }
  if (arguments.size() != 5 || (arguments[0] != "products" && arguments[0] != "dbm" && arguments[0] != "epochs")) {
    fmt::print(stderr,
               "harmonium-bench products|dbm|epochs PIPELINE MNIST-FOLDER EPOCHS SCRATCH-FOLDER\n"
               "harmonium-bench sweep|tempering|ais ROUNDS\n");
    return 64;
  }
  fmt::print("{{\"blas\": \"{}\", \"simd\": \"{}\", \"threads\": {}}}\n", blas_description(),
             elementwise::instruction_set(), threads());
  std::fflush(stdout);
  const Index epochs = std::stol(arguments[3]);
  if (arguments[0] == "products" || arguments[0] == "dbm") {
    const bool deep = arguments[0] == "dbm";
    BesideProducts observer(
        deep ? BareProducts::of_dbm(100, 784, 500, 1000, 10, 5) : BareProducts::of_rbm(100, 784, 500),
        deep ? 100 : 600);
    train(arguments[1], arguments[2], epochs, arguments[4], observer);
  } else {
    OnDemand observer;
    train(arguments[1], arguments[2], epochs, arguments[4], observer);
  }
  return 0;
}

}  // namespace
}  // namespace harmonium::bench

int main(int count, char** arguments) {
  // As `harmonium run` does.
  harmonium::bound_waiting(arguments);
  try {
    return harmonium::bench::bench({arguments + 1, arguments + count});
  } catch (const std::exception& error) {
    fmt::print(stderr, "harmonium-bench: {}\n", error.what());
    return 1;
  }
}
