#include <fmt/format.h>
#include <linear.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "harmonium/dataset.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/registry.hpp"

namespace harmonium {
namespace {

struct Free {
  void operator()(model* trained) const { free_and_destroy_model(&trained); }
};

/// Rows as liblinear wants them: of each the values that are not zero, 16 bytes a value, and the constant feature.
struct Problem {
  std::vector<feature_node> nodes;
  std::vector<feature_node*> rows;
  std::vector<double> labels;
};

/// A linear support vector machine for each class against all others,
///   min over w, b of (|w|^2 + b^2) / 2 + C sum over rows of max(0, 1 - y (w . x + b B))^2,   y = 1 or -1,
/// B being the constant feature (Fan et al. 2008, equation 1 and section 2). Of liblinear's solvers this loss has one
/// that draws no random numbers: the trust region Newton method on the primal problem (Lin, Weng, Keerthi 2008). The
/// hinge loss itself has only dual coordinate descent, whose order of the rows comes from the C library's rand().
class Svm {
 public:
  double cost = 1, bias = 1, tolerance = 0.01;
  std::string features = "features", target = "label";

  static void describe(NodeType<Svm>& type) {
    type.says(
            "A linear read-out by support vector machines, one for each class against the rest, with an L2 penalty and "
            "the squared hinge loss. Its outputs are the softmax of the decision values: the largest is the class, but "
            "they are no probabilities.")
        .cites("Fan, Chang, Hsieh, Wang, Lin 2008, LIBLINEAR: a library for large linear classification")
        .input<Dataset>("data", "Features and labels to learn from.")
        .output<Feedforward>("readout", "The classifier.");
    type.parameter("cost", &Svm::cost)
        .above(0)
        .says("C: the weight of the loss, summed over the rows, against the penalty |w|^2 / 2.");
    type.parameter("bias", &Svm::bias)
        .at_least(0)
        .says("The constant feature that the bias multiplies, penalised like any weight; 0 for no bias.");
    type.parameter("tolerance", &Svm::tolerance)
        .above(0)
        .says(
            "Ends when the gradient is this share of that at the beginning, the share of the rarer side taken into "
            "account.");
    type.parameter("features", &Svm::features).says("The part of the data that goes in.");
    type.parameter("target", &Svm::target).says("The part of the data that holds the classes.");
  }

  void outputs(const Specs& inputs, Specs& outputs) const {
    const DataSpec& data = inputs.get<Dataset>("data");
    const PartSpec* shown = data.find(features);
    const PartSpec* wanted = data.find(target);
    if (!shown) outputs.problem("in.data", fmt::format("the data have no '{}'", features));
    if (!wanted) outputs.problem("in.data", fmt::format("the data have no '{}' to learn", target));
    if (wanted && (wanted->kind != PartSpec::Kind::category || wanted->classes.size() < 2)) {
      outputs.problem("in.data", fmt::format("'{}' must be of two classes or more, but is {}", target,
                                             wanted->kind == PartSpec::Kind::category ? "of one" : "of numbers"));
      wanted = nullptr;
    }
    FeedforwardSpec spec;
    spec.part = features;
    if (shown) {
      spec.inputs = shown->width;
      spec.input_shape = shown->shape;
    }
    if (wanted) {
      spec.classes = wanted->classes;
      spec.outputs = static_cast<Index>(wanted->classes.size());
    }
    outputs.set<Feedforward>("readout", spec);
  }

  Outputs run(const Inputs& inputs, Context&) const {
    const auto& data = inputs.get<Dataset>("data");
    const std::vector<std::string>& classes = data.spec().part(target).classes;
    const Index width = data.spec().part(features).width, count = static_cast<Index>(classes.size());
    Problem read = read_rows(data);
    problem what{};
    what.l = static_cast<int>(read.rows.size());
    what.n = static_cast<int>(width + (bias > 0 ? 1 : 0));
    what.y = read.labels.data();
    what.x = read.rows.data();
    what.bias = bias > 0 ? bias : -1;
    parameter how{};
    how.solver_type = L2R_L2LOSS_SVC;
    how.C = cost;
    how.eps = tolerance;
    if (const char* wrong = check_parameter(&what, &how)) throw RunFailed(fmt::format("liblinear: {}", wrong));
    set_print_string_function([](const char*) {});
    const std::unique_ptr<model, Free> trained(train(&what, &how));

    Feedforward network;
    network.part = features;
    network.input_shape = data.spec().part(features).shape;
    network.classes = classes;
    network.stages.push_back(
        {make_value<Units>("units.softmax"), Tensor::matrix(width, count), Tensor::matrix(1, count)});
    const View<float> weights = network.stages[0].weights.view(), biases = network.stages[0].parameters.view();
    for (Index k = 0; k < count; ++k) {
      // Of two classes there is one machine, and the other's is its negative.
      const Index stored = count == 2 ? 1 : count, machine = count == 2 ? 0 : k;
      const double sign = count == 2 && k == 1 ? -1 : 1;
      const Index own = trained->label[k];
      const auto weight = [&](Index j) { return sign * trained->w[j * stored + machine]; };
      for (Index j = 0; j < width; ++j) weights(j, own) = static_cast<float>(weight(j));
      if (bias > 0) biases(0, own) = static_cast<float>(bias * weight(width));
    }
    for (const float value : network.stages[0].weights.values<float>())
      if (!std::isfinite(value)) throw RunFailed("the support vector machine's weights are no numbers");
    Outputs outputs;
    outputs.set("readout", std::move(network));
    return outputs;
  }

 private:
  Problem read_rows(const Dataset& data) const {
    const PartSpec& shown = data.spec().part(features);
    const std::vector<std::string>& classes = data.spec().part(target).classes;
    if (data.rows() >= std::numeric_limits<int>::max() || shown.width >= std::numeric_limits<int>::max() - 1)
      throw BadData("liblinear counts rows and columns up to 2^31 - 1");
    const std::vector<Index> labels = data.classes(target);
    std::vector<Index> seen(classes.size(), 0);
    Problem problem;
    for (const Index label : labels) {
      if (label < 0 || label >= static_cast<Index>(classes.size())) throw BadData("a row is of no class");
      ++seen[static_cast<std::size_t>(label)];
      problem.labels.push_back(static_cast<double>(label));
    }
    for (std::size_t k = 0; k < classes.size(); ++k)
      if (seen[k] == 0)
        throw BadData(
            fmt::format("class '{}' has no rows: one machine for each class against the rest needs rows of "
                        "every class",
                        classes[k]));
    std::vector<std::size_t> begins;
    constexpr Index block = 1000;
    Tensor rows = Tensor::matrix(std::min(block, data.rows()), shown.width);
    for (Index first = 0; first < data.rows(); first += block) {
      const Index count = std::min(block, data.rows() - first);
      data.read(data.part(features), first, count, rows.view().row_range(0, count));
      for (Index i = 0; i < count; ++i) {
        begins.push_back(problem.nodes.size());
        for (Index j = 0; j < shown.width; ++j) {
          const float value = rows.view()(i, j);
          if (!std::isfinite(value))
            throw BadData(fmt::format("row {} shows {} in column {} of '{}'", first + i + 1, value, j + 1, features));
          if (value != 0) problem.nodes.push_back({static_cast<int>(j + 1), static_cast<double>(value)});
        }
        if (bias > 0) problem.nodes.push_back({static_cast<int>(shown.width + 1), bias});
        problem.nodes.push_back({-1, 0});
      }
    }
    for (const std::size_t begin : begins) problem.rows.push_back(problem.nodes.data() + begin);
    return problem;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) { registrar.node<harmonium::Svm>("trainer.svm"); }
