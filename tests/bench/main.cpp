#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "annealing.hpp"
#include "bare_products.hpp"
#include "harmonium/elementwise.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"
#include "numerics/waiting.hpp"
#include "plugin/registry.hpp"
#include "sweep.hpp"
#include "timed_training.hpp"
#include "watching.hpp"

namespace harmonium::bench {
namespace {

/// Gives up all pages of a file that this process has mapped and that the system keeps.
void forget(const std::string& path) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (!line.ends_with(path)) continue;
    std::uintptr_t first = 0, end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx", &first, &end) != 2) continue;
    if (madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED) != 0) throw std::bad_alloc();
  }
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int failed = file < 0 ? errno : posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
  if (file >= 0) close(file);
  if (failed != 0) throw BadData(fmt::format("{} cannot be given up: {}", path, std::strerror(failed)));
}

/// Whoever asks for benchmarks may have gone.
std::string next_line() {
  std::string line;
  if (!std::getline(std::cin, line)) throw Error(Exit::interrupted, "nobody asks for more");
  return line;
}

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
    next_line();
  }
  void answer() {
    fmt::print("{}\n", training_);
    std::fflush(stdout);
    training_ = 0;
  }

  double training_ = 0;
};

/// Goes on for some seconds whenever a line comes in, and answers with them and with the epochs that they brought. What
/// the line says happens before: "forget" gives up all of the file that is in memory, so that it is read from disk.
class Slices final : public TimedTraining {
 public:
  Slices(std::string file, double seconds) : file_(std::move(file)), slice_(seconds) {}

 private:
  void piece(double seconds, double done) override {
    // The first piece comes with the beginning of the work.
    if (began_) training_ += seconds;
    if (began_ && training_ < slice_) return;
    fmt::print("{{\"seconds\": {}, \"epochs\": {}}}\n", training_, began_ ? done - done_ : 0);
    std::fflush(stdout);
    if (next_line() == "forget") forget(file_);
    began_ = true;
    training_ = 0;
    done_ = done;
  }

  std::string file_;
  double slice_;
  bool began_ = false;
  double training_ = 0, done_ = 0;
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
  const auto is = [&](const char* verb) { return arguments.size() == 5 && arguments[0] == verb; };
  if (is("slices")) {
    Slices observer(arguments[2], std::stod(arguments[3]));
    train(training_graph(arguments[1], {{"images", arguments[2]}, {"epochs", "1000"}}), arguments[4], observer);
    return 0;
  }
  if (!is("products") && !is("dbm") && !is("epochs") && !is("watched")) {
    fmt::print(stderr,
               "harmonium-bench products|dbm|epochs|watched PIPELINE MNIST-FOLDER EPOCHS SCRATCH-FOLDER\n"
               "harmonium-bench slices PIPELINE IMAGES SECONDS SCRATCH-FOLDER\n"
               "harmonium-bench sweep|tempering|ais ROUNDS\n");
    return 64;
  }
  fmt::print("{{\"blas\": \"{}\", \"simd\": \"{}\", \"threads\": {}}}\n", blas_description(),
             elementwise::instruction_set(), threads());
  std::fflush(stdout);
  const std::vector<std::pair<std::string, std::string>> parameters = {
      {"mnist", arguments[2]}, {"epochs", std::to_string(std::stol(arguments[3]) + 1)}};
  if (is("watched")) {
    watched_beside_bare(arguments[1], parameters, arguments[4]);
    return 0;
  }
  const pipeline::Graph graph = training_graph(arguments[1], parameters);
  if (is("epochs")) {
    OnDemand observer;
    train(graph, arguments[4], observer);
  } else {
    BesideProducts observer(
        is("dbm") ? BareProducts::of_dbm(100, 784, 500, 1000, 10, 5) : BareProducts::of_rbm(100, 784, 500),
        is("dbm") ? 100 : 600);
    train(graph, arguments[4], observer);
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
