#include <cmath>
#include <string>

#include "harmonium/dataset.hpp"
#include "harmonium/network.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"

namespace {

using namespace harmonium;

/// A Hopfield network as a restricted Boltzmann machine, one Gaussian unit h_m for each pattern xi_m of N spins:
///   E(v, h) = sum_m h_m^2 / 2 - sqrt(beta / N) sum_im v_i xi_im h_m.
/// Summed over h it leaves exp(beta / 2N sum_m (xi_m . v)^2), Hebb's rule at inverse temperature beta: the mean of h_m
/// is how much of pattern m is in v. Barra, Bernacchia, Santucci, Contucci 2012.
struct HopfieldRbm {
  // The defaults of the parameters live here and nowhere else.
  double beta = 2;
  std::string part = "features";

  static void describe(NodeType<HopfieldRbm>& type) {
    type.says("A Hopfield network as a restricted Boltzmann machine: spins, and a Gaussian unit for each pattern.")
        .cites("Barra, Bernacchia, Santucci, Contucci 2012")
        .input<Dataset>("patterns", "What it remembers, a row a pattern, of values -1 and 1.")
        .output<Network>("model", "The memory.");
    type.parameter("beta", &HopfieldRbm::beta)
        .above(0)
        .says("The inverse temperature; few patterns are remembered where it is above 1.");
    type.parameter("part", &HopfieldRbm::part).says("The part of the data that holds the patterns.");
  }

  /// Before any work: the layers and what joins them, with weights still zero.
  void outputs(const Specs& in, Specs& out) const {
    const DataSpec& patterns = in.get<Dataset>("patterns");
    if (patterns.rows == DataSpec::unknown)
      out.problem("in.patterns", "how many patterns there are is not known before the run, but gives the hidden units");
    else
      out.set<Network>("model", untrained(patterns).spec());
  }

  /// The work. What it returns is stored, and computed again only when parameters or inputs change.
  Outputs run(const Inputs& in, Context&) const {
    const Dataset& patterns = in.get<Dataset>("patterns");
    Network model = untrained(patterns.spec());
    check_data(model, patterns);
    const View<float> weights = model.link(0).weights.view();  // visible x hidden
    Tensor rows = Tensor::matrix(weights.columns, weights.rows);
    patterns.read(patterns.part(part), 0, rows.rows(), rows.view());
    const double scale = std::sqrt(beta / static_cast<double>(weights.rows));
    for (Index i = 0; i < weights.rows; ++i)
      for (Index m = 0; m < weights.columns; ++m)
        weights(i, m) = static_cast<float>(scale * static_cast<double>(rows.view()(m, i)));
    Outputs out;
    out.set("model", std::move(model));
    return out;
  }

 private:
  Network untrained(const DataSpec& patterns) const {
    const PartSpec& shown = patterns.part(part);
    Network model;
    const Index v = model.add({"spins", make_value<Units>("units.spin"), shown.width, shown.shape, true, part, {}});
    const Index h = model.add({"patterns", make_value<Units>("units.gaussian"), patterns.rows, {}, false, "", {}});
    model.connect(make_value<Connection>("connection.dense"), v, h);
    return model;
  }
};

}  // namespace

// Names are promises: one that is registered changes only when its results change.
HARMONIUM_PLUGIN(registrar) { registrar.node<HopfieldRbm>("my-plugin.hopfield_rbm"); }
