#include "fitting.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"

namespace harmonium {

namespace {

/// The part where it is there and holds numbers.
const PartSpec* numbers(const DataSpec& data, const std::string& part, Specs& out) {
  const PartSpec* found = nullptr;
  try {
    found = &data.part(part);
  } catch (const BadPipeline& error) {
    out.problem("with.part", error.what());
    return nullptr;
  }
  if (found->kind != PartSpec::Kind::category) return found;
  out.problem("with.part", fmt::format("part '{}' holds classes, not numbers", part));
  return nullptr;
}

}  // namespace

void check_part(const Specs& in, const std::string& part, Specs& out) {
  const DataSpec& data = in.get<Dataset>("data");
  const PartSpec* changed = numbers(data, part, out);
  if (changed && in.has("fitted_on")) {
    const PartSpec* fitted = numbers(in.get<Dataset>("fitted_on"), part, out);
    if (fitted && fitted->width != changed->width)
      out.problem("in.fitted_on",
                  fmt::format("'{}' has {} columns here, but {} in 'data'", part, fitted->width, changed->width));
  }
}

void pass_spec(const Specs& in, const std::string& part, Specs& out) {
  check_part(in, part, out);
  out.set<Dataset>("data", in.get<Dataset>("data"));
}

DataSpec made_binary(DataSpec spec, const std::string& part, const std::string& made) {
  for (PartSpec& each : spec.parts)
    if (each.name == part) each.made = made;
  return spec;
}

void pass_spec_made(const Specs& in, const std::string& part, const std::string& made, Specs& out) {
  check_part(in, part, out);
  out.set<Dataset>("data", made_binary(in.get<Dataset>("data"), part, made));
}

const Dataset& fitting_data(const Inputs& in) { return in.get<Dataset>(in.has("fitted_on") ? "fitted_on" : "data"); }

ColumnSummary summarise_part(const Dataset& data, const std::string& part, Context& context) {
  if (data.rows() == 0) throw BadData("there are no rows to fit on");
  return summarise(data, data.part(part), &context);
}

}  // namespace harmonium
