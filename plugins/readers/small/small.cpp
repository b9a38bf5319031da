#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/node.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/random.hpp"
#include "harmonium/stored_rows.hpp"

/// Small data sets that need no file: written down, drawn, or enumerated.
namespace harmonium {
namespace {

DataSpec spec_of(Index rows, Index width, const std::vector<Index>& shape) {
  return {rows, {{"features", width, shape, PartSpec::Kind::real, {}}}};
}

void put(Outputs& out, Tensor values, const std::vector<Index>& shape) {
  DataSpec spec = spec_of(values.rows(), values.columns(), shape);
  out.set("data", stored_rows(std::move(spec), {std::make_shared<const Tensor>(std::move(values))}));
}

bool shape_fits(const std::vector<Index>& shape, Index width) {
  return shape.empty() || (shape.size() >= 2 && shape.size() <= 3 &&
                           std::accumulate(shape.begin(), shape.end(), Index{1}, std::multiplies<>()) == width);
}

/// Rows written in the pipeline, each as a text of numbers, and how often each counts.
struct Written {
  std::vector<std::string> rows;
  std::vector<double> frequencies;
  std::vector<Index> shape;

  static void describe(NodeType<Written>& type) {
    type.says("A small table written in the pipeline.")
        .view()
        .output<Dataset>(
            "data",
            "The rows, as part 'features'; and, where they are given, how often each counts, as part 'frequency'.");
    type.parameter("rows", &Written::rows)
        .required()
        .example("[\"1 -1 1\", \"-1 1 -1\"]")
        .says("The rows, each a text of numbers separated by blanks; ? stands for an unknown one.");
    type.parameter("frequencies", &Written::frequencies)
        .at_least(0)
        .says("How often each row counts, or how probable it is: a number for each, for nodes that take them.");
    type.parameter("shape", &Written::shape).at_least(1).says("The image shape of a row: [rows, columns].");
  }
  void outputs(const Specs&, Specs& out) const {
    Index width = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string where = fmt::format("with.rows.{}", i + 1);
      std::string wrong;
      const auto values = numbers(rows[i], wrong);
      if (!wrong.empty()) out.problem(where, fmt::format("'{}' is no number", wrong));
      if (values.empty() && wrong.empty()) out.problem(where, "a row needs at least one number");
      if (i == 0) width = static_cast<Index>(values.size());
      if (wrong.empty() && static_cast<Index>(values.size()) != width)
        out.problem(where, fmt::format("the row has {} numbers, the first one has {}", values.size(), width));
    }
    if (rows.empty()) out.problem("with.rows", "at least one row is needed");
    if (!shape_fits(shape, width))
      out.problem("with.shape", fmt::format("a shape of {} is not one of {} numbers", fmt::join(shape, " x "), width));
    if (!frequencies.empty() && frequencies.size() != rows.size())
      out.problem("with.frequencies", fmt::format("{} frequencies for {} rows", frequencies.size(), rows.size()));
    out.set<Dataset>("data", spec(width));
  }
  Outputs run(const Inputs&, Context&) const {
    std::string wrong;
    Tensor values = Tensor::matrix(static_cast<Index>(rows.size()), static_cast<Index>(numbers(rows[0], wrong).size()));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const auto row = numbers(rows[i], wrong);
      std::copy(row.begin(), row.end(), values.view().row(static_cast<Index>(i)).data);
    }
    std::vector<std::shared_ptr<const Tensor>> parts = {std::make_shared<const Tensor>(std::move(values))};
    if (!frequencies.empty()) {
      Tensor column = Tensor::matrix(static_cast<Index>(rows.size()), 1);
      std::copy(frequencies.begin(), frequencies.end(), column.data<float>());
      parts.push_back(std::make_shared<const Tensor>(std::move(column)));
    }
    Outputs out;
    DataSpec made = spec(parts[0]->columns());
    out.set("data", stored_rows(std::move(made), std::move(parts)));
    return out;
  }

 private:
  DataSpec spec(Index width) const {
    DataSpec spec = spec_of(static_cast<Index>(rows.size()), width, shape);
    if (!frequencies.empty()) spec.parts.push_back({"frequency", 1, {}, PartSpec::Kind::real, {}});
    return spec;
  }
  /// `wrong` is what is no number.
  static std::vector<float> numbers(const std::string& text, std::string& wrong) {
    std::vector<float> values;
    for (std::size_t at = text.find_first_not_of(" ,"); at != std::string::npos;) {
      const std::size_t end = std::min(text.size(), text.find_first_of(" ,", at));
      const std::string word = text.substr(at, end - at);
      at = text.find_first_not_of(" ,", end);
      if (word == "?") {
        values.push_back(std::numeric_limits<float>::quiet_NaN());
        continue;
      }
      float value = 0;
      const char* first = word.data() + (word[0] == '+' ? 1 : 0);
      const auto [stop, error] = std::from_chars(first, word.data() + word.size(), value);
      if (error != std::errc() || stop != word.data() + word.size()) {
        if (wrong.empty()) wrong = word;
        return values;
      }
      values.push_back(value);
    }
    return values;
  }
};

/// Independent random patterns, what memories are tried on.
struct Patterns {
  Index count = 0, size = 0;
  double on = 0.5;
  bool spins = true;
  std::vector<Index> shape;

  static void describe(NodeType<Patterns>& type) {
    type.says("Random patterns: every unit of every pattern is drawn by itself.")
        .random()
        .view()
        .output<Dataset>("data", "The patterns, as part 'features'.");
    type.parameter("count", &Patterns::count)
        .required()
        .example("10")
        .at_least(1)
        .at_most(1e7)
        .unit("rows")
        .says("How many patterns.");
    type.parameter("size", &Patterns::size)
        .required()
        .example("100")
        .at_least(1)
        .at_most(1e6)
        .unit("units")
        .says("Units of a pattern.");
    type.parameter("on", &Patterns::on).at_least(0).at_most(1).says("Probability that a unit is on.");
    type.parameter("spins", &Patterns::spins).says("Whether units are -1 or 1; else 0 or 1.");
    type.parameter("shape", &Patterns::shape).at_least(1).says("The image shape of a pattern: [rows, columns].");
  }
  void outputs(const Specs&, Specs& out) const {
    if (!shape_fits(shape, size))
      out.problem("with.shape", fmt::format("a shape of {} is not one of {} units", fmt::join(shape, " x "), size));
    out.set<Dataset>("data", spec_of(count, size, shape));
  }
  Outputs run(const Inputs&, Context& context) const {
    Tensor values = Tensor::matrix(count, size);
    uniform(context.stream("patterns"), values.view());
    const float off = spins ? -1 : 0;
    for (float& value : values.values<float>()) value = static_cast<double>(value) < on ? 1 : off;
    Outputs out;
    put(out, std::move(values), shape);
    return out;
  }
};

/// All images of full rows or of full columns; blank and full ones are both and stand twice, as they are twice as
/// likely where a direction is chosen first. MacKay 2003, section 43.
struct BarsAndStripes {
  Index side = 3;

  static void describe(NodeType<BarsAndStripes>& type) {
    type.says("Bars and stripes: every image of full rows, every image of full columns.")
        .cites("MacKay 2003")
        .view()
        .output<Dataset>("data", "2 x 2^side images of side x side pixels, 0 or 1.");
    type.parameter("side", &BarsAndStripes::side).at_least(1).at_most(12).unit("pixels").says("The side of an image.");
  }
  void outputs(const Specs&, Specs& out) const {
    out.set<Dataset>("data", spec_of(Index{2} << side, side * side, {side, side}));
  }
  Outputs run(const Inputs&, Context&) const {
    Tensor values = Tensor::matrix(Index{2} << side, side * side);
    for (Index image = 0; image < values.rows(); ++image)
      for (Index i = 0; i < side; ++i)
        for (Index j = 0; j < side; ++j)
          values.view()(image, i * side + j) = (image >> 1 >> (image & 1 ? i : j)) & 1 ? 1.0F : 0.0F;
    Outputs out;
    put(out, std::move(values), {side, side});
    return out;
  }
};

/// All rows of bits of which an even number is on: no pair of them says anything, all of them together everything.
struct Parity {
  Index bits = 3;
  bool odd = false;

  static void describe(NodeType<Parity>& type) {
    type.says("Parity: every row of bits of which an even number is on; it cannot be learned from pairs of bits.")
        .view()
        .output<Dataset>("data", "2^(bits - 1) rows, 0 or 1.");
    type.parameter("bits", &Parity::bits).at_least(1).at_most(24).says("Bits of a row.");
    type.parameter("odd", &Parity::odd).says("Whether the number is odd instead.");
  }
  void outputs(const Specs&, Specs& out) const { out.set<Dataset>("data", spec_of(Index{1} << (bits - 1), bits, {})); }
  Outputs run(const Inputs&, Context&) const {
    Tensor values = Tensor::matrix(Index{1} << (bits - 1), bits);
    for (Index row = 0; row < values.rows(); ++row) {
      bool on = odd;
      for (Index j = 0; j + 1 < bits; ++j) {
        const bool bit = (row >> j) & 1;
        values.view()(row, j) = bit ? 1.0F : 0.0F;
        on = on != bit;
      }
      values.view()(row, bits - 1) = on ? 1.0F : 0.0F;
    }
    Outputs out;
    put(out, std::move(values), {});
    return out;
  }
};

}  // namespace
}  // namespace harmonium

HARMONIUM_PLUGIN(registrar) {
  registrar.node<harmonium::Written>("reader.table");
  registrar.node<harmonium::Patterns>("reader.patterns");
  registrar.node<harmonium::BarsAndStripes>("reader.bars_and_stripes");
  registrar.node<harmonium::Parity>("reader.parity");
}
