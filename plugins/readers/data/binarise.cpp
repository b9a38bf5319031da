#include "binarise.hpp"

#include "fitting.hpp"
#include "transformed.hpp"

namespace harmonium {

namespace {
constexpr const char* made_thresholded = "thresholded";
}

void Binarise::describe(NodeType<Binarise>& type) {
  type.says("Makes every value 1 where it is above a threshold, else 0.").view();
  type.input<Dataset>("data", "What to binarise.");
  type.parameter("threshold", &Binarise::threshold).says("Values above it become 1, the others 0.");
  type.parameter("part", &Binarise::part).says("The part that is binarised; others pass unchanged.");
  type.output<Dataset>("data", "The same rows.");
}

void Binarise::outputs(const Specs& in, Specs& out) const { pass_spec_made(in, part, made_thresholded, out); }

Outputs Binarise::run(const Inputs& in, Context&) const {
  const Dataset cut = transformed(in.get<Dataset>("data"), part, [limit = threshold](View<float> values) {
    for (Index i = 0; i < values.rows; ++i)
      for (float& value : values.row(i))
        // What is missing stays so.
        if (value == value) value = static_cast<double>(value) > limit ? 1.0F : 0.0F;
  });
  Outputs out;
  out.set("data", Dataset(made_binary(cut.spec(), part, made_thresholded), cut.source()));
  return out;
}

}  // namespace harmonium
