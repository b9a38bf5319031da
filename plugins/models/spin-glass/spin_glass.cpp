#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {
namespace {

/// Couplings are a matrix.
constexpr Index most_spins = 20'000;

/// Spins with couplings that are given or drawn, E(s) = -sum over pairs J_ij s_i s_j - sum_i h_i s_i:
///   all pairs       J_ij of mean J0 / N and deviation J / sqrt(N), so that the energy grows with N
///                                                                          Sherrington, Kirkpatrick 1975
///   a lattice       neighbours alone are coupled, J_ij of mean J0 and deviation J      Edwards, Anderson 1975
struct SpinGlass {
  Index size = 0;
  std::vector<Index> lattice;
  bool periodic = true;
  std::string law = "gaussian";
  double mean = 0, deviation = 1, field = 0;
  std::string table = "pairs";

  static void describe(NodeType<SpinGlass>& type) {
    type.says(
            "A spin glass: one visible layer of spins whose couplings are random, over all pairs or over the "
            "neighbours on a lattice, or given as a table.")
        .cites("Edwards, Anderson 1975; Sherrington, Kirkpatrick 1975")
        .random()
        .optional_input<Dataset>("couplings", "Couplings instead of random ones, as part 'features': see 'table'.")
        .output<Network>("model", "The spins, with the couplings as weights and the field as biases.");
    type.parameter("size", &SpinGlass::size)
        .example("16")
        .at_least(0)
        .at_most(static_cast<double>(most_spins))
        .unit("spins")
        .says("How many; 0 takes the number from the lattice or the matrix of couplings.");
    type.parameter("lattice", &SpinGlass::lattice)
        .at_least(1)
        .at_most(static_cast<double>(most_spins))
        .unit("spins")
        .says("Extents of a chain, a square or a cubic lattice; unless given, all pairs are coupled.");
    type.parameter("periodic", &SpinGlass::periodic)
        .says("Whether a lattice's last spin of a line is the first one's neighbour.");
    type.parameter("law", &SpinGlass::law)
        .one_of({"gaussian", "signs"})
        .says("Couplings are normal, or the mean plus or minus the deviation.");
    type.parameter("mean", &SpinGlass::mean)
        .says("Mean of the couplings, J0; over all pairs they have J0 / N. With no deviation it is a ferromagnet.");
    type.parameter("deviation", &SpinGlass::deviation)
        .at_least(0)
        .says("Standard deviation of the couplings, J; over all pairs they have J / sqrt(N).");
    type.parameter("field", &SpinGlass::field).says("External field on every spin, besides what a table gives.");
    type.parameter("table", &SpinGlass::table)
        .one_of({"pairs", "matrix"})
        .says(
            "What given couplings are: rows 'i j J', spins being counted from 1, or the symmetric matrix of them; J "
            "with i = j is a field on that spin.");
  }

  void outputs(const Specs& in, Specs& out) const {
    const PartSpec* given = nullptr;
    if (in.has("couplings")) {
      const DataSpec& data = in.get<Dataset>("couplings");
      given = data.find("features");
      if (!given || (table == "pairs" && given->width != 3))
        out.problem("in.couplings", given ? fmt::format("a row of couplings is 'i j J', but rows have {} numbers; a "
                                                        "matrix needs table: matrix",
                                                        given->width)
                                          : "there is no part 'features'");
      else if (table == "matrix" && data.rows != DataSpec::unknown && data.rows != given->width)
        out.problem("in.couplings", fmt::format("the matrix has {} rows and {} columns", data.rows, given->width));
      if (!lattice.empty()) out.problem("with.lattice", "couplings are given, so no lattice is needed");
    }
    if (lattice.size() > 3) out.problem("with.lattice", "a lattice has one to three extents");
    constexpr Index least_periodic = 3;
    if (periodic && !lattice.empty() && *std::min_element(lattice.begin(), lattice.end()) < least_periodic)
      out.problem("with.lattice", "on a periodic lattice a line has at least 3 spins, or neighbours would meet twice");
    const Index n = spins(given);
    if (n == 0)
      out.problem("with.size", "how many spins there are must be said, by size or lattice");
    else if (n > most_spins)
      out.problem("with.lattice",
                  fmt::format("{} spins are too many; at most {} have their couplings in memory", n, most_spins));
    else if (size > 0 && size != n)
      out.problem("with.size", fmt::format("size says {} spins, but there are {}", size, n));
    if (n > 0 && n <= most_spins && lattice.size() <= 3) out.set<Network>("model", skeleton(n).spec());
  }

  Outputs run(const Inputs& in, Context& context) const {
    const Dataset* given = in.has("couplings") ? &in.get<Dataset>("couplings") : nullptr;
    const Index n = spins(given ? &given->spec().part("features") : nullptr);
    Network model = skeleton(n);
    for (float& bias : model.layer(0).parameters.values<float>()) bias = static_cast<float>(field);
    if (given)
      take(*given, model);
    else if (lattice.empty())
      couple_all(context.stream("couplings"), model.link(0).weights.view());
    else
      couple_neighbours(context.stream("couplings"), model.link(0).weights.view());
    Outputs out;
    out.set("model", std::move(model));
    return out;
  }

 private:
  Index spins(const PartSpec* given) const {
    if (!lattice.empty()) {
      Index product = 1;
      // Extents are bounded, so this cannot overflow before it is too large.
      for (const Index extent : lattice) product = std::min(product * extent, most_spins + 1);
      return product;
    }
    return given && table == "matrix" ? given->width : size;
  }

  Network skeleton(Index n) const {
    const Tensor::Shape shape = lattice.size() > 1 ? lattice : Tensor::Shape();
    Network model;
    model.add({"spins", make_value<Units>("units.spin"), n, shape, true, "features", {}});
    model.connect(make_value<Connection>("connection.lateral"), 0, 0);
    return model;
  }

  /// One row of independent couplings of mean 0 and deviation 1.
  void draw(const Stream& stream, View<float> row) const {
    if (law == "gaussian") {
      normal(stream, row);
      return;
    }
    uniform(stream, row);
    for (float& value : row.row(0)) value = value < 0.5F ? -1.0F : 1.0F;
  }

  void couple_all(const Stream& stream, View<float> couplings) const {
    const auto n = static_cast<double>(couplings.rows);
    std::vector<float> row(static_cast<std::size_t>(couplings.rows));
    for (Index i = 0; i < couplings.rows; ++i) {
      draw(stream.rows_from(static_cast<std::uint64_t>(i)), {row.data(), 1, i});
      for (Index j = 0; j < i; ++j)
        couplings(i, j) = couplings(j, i) = static_cast<float>(
            mean / n + deviation / std::sqrt(n) * static_cast<double>(row[static_cast<std::size_t>(j)]));
    }
  }

  /// Row by row, the last extent running fastest; every spin is coupled to the next one along each extent.
  void couple_neighbours(const Stream& stream, View<float> couplings) const {
    Index stride = couplings.rows;
    for (std::size_t d = 0; d < lattice.size(); ++d) {
      const Index extent = lattice[d];
      stride /= extent;
      std::vector<float> drawn(static_cast<std::size_t>(couplings.rows));
      draw(stream.rows_from(d), {drawn.data(), 1, couplings.rows});
      for (Index i = 0; i < couplings.rows; ++i) {
        const bool last = i / stride % extent == extent - 1;
        if (last && !periodic) continue;
        const Index next = last ? i - (extent - 1) * stride : i + stride;
        couplings(i, next) = couplings(next, i) =
            static_cast<float>(mean + deviation * static_cast<double>(drawn[static_cast<std::size_t>(i)]));
      }
    }
  }

  static void demand_finite(float value, Index row) {
    if (!std::isfinite(value)) throw BadData(fmt::format("row {} of the couplings holds {}", row + 1, value));
  }

  void take(const Dataset& data, Network& model) const {
    const View<float> couplings = model.link(0).weights.view();
    const Span<float> fields = model.layer(0).parameters.view().row(0);
    const Index n = couplings.rows, part = data.part("features");
    if (table == "matrix") {
      if (data.rows() != n)
        throw BadData(fmt::format("the matrix of couplings has {} rows and {} columns", data.rows(), n));
      data.read(part, 0, n, couplings);
      for (Index i = 0; i < n; ++i) {
        for (const float value : couplings.row(i)) demand_finite(value, i);
        fields[i] += couplings(i, i);
        couplings(i, i) = 0;
        for (Index j = 0; j < i; ++j)
          if (couplings(i, j) != couplings(j, i))
            throw BadData(fmt::format("the couplings are not symmetric: {} from {} to {}, but {} back", couplings(i, j),
                                      i + 1, j + 1, couplings(j, i)));
      }
      return;
    }
    Tensor rows = Tensor::matrix(data.rows(), 3);
    data.read(part, 0, data.rows(), rows.view());
    std::vector<bool> met(static_cast<std::size_t>(n * n), false);
    for (Index r = 0; r < rows.rows(); ++r) {
      const Span<float> row = rows.view().row(r);
      for (const Index end : {0, 1})
        if (!(row[end] >= 1 && row[end] <= static_cast<float>(n)) || row[end] != std::floor(row[end]))
          throw BadData(
              fmt::format("row {} of the couplings names spin {}; they are counted from 1 to {}", r + 1, row[end], n));
      const Index i = std::lround(row[0]) - 1, j = std::lround(row[1]) - 1;
      const auto pair = static_cast<std::size_t>(std::min(i, j) * n + std::max(i, j));
      demand_finite(row[2], r);
      if (met[pair]) throw BadData(fmt::format("row {} couples spins {} and {} once more", r + 1, i + 1, j + 1));
      met[pair] = true;
      if (i == j)
        fields[i] += row[2];
      else
        couplings(i, j) = couplings(j, i) = row[2];
    }
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::SpinGlass>("model.spin_glass"); }
