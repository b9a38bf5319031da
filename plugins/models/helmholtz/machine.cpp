#include "machine.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harmonium/errors.hpp"

namespace harmonium::helmholtz {

void Snapshots::Taken::visit(Visitor& visitor) {
  visitor("epoch", epoch);
  visitor("machine", machine);
}

void Snapshots::offer(Index epoch, const HelmholtzMachine& machine, Index most) {
  if (epoch % spacing_ != 0) return;
  taken.push_back({epoch, machine});
  while (static_cast<Index>(taken.size()) > std::max<Index>(most, 2)) {
    spacing_ *= 2;
    std::erase_if(taken, [&](const Taken& one) { return one.epoch % spacing_ != 0; });
  }
}

void Snapshots::visit(Visitor& visitor) {
  visitor("spacing", spacing_);
  visitor("taken", taken);
}

void check_part(const HelmholtzSpec& machine, const DataSpec& data, const std::string& where, Specs& outputs) {
  const PartSpec* part = data.find(machine.part);
  if (!part) {
    std::string there;
    for (const PartSpec& each : data.parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
    outputs.problem(where,
                    fmt::format("the machine shows the part '{}', which the data do not have; their parts are {}",
                                machine.part, there));
  } else if (!machine.sizes.empty() && part->width != machine.sizes[0]) {
    outputs.problem(where,
                    fmt::format("the data's part '{}' has {} columns, but the machine's lowest layer has {} units",
                                part->name, part->width, machine.sizes[0]));
  }
}

void demand_shades(const ColumnSummary& summary) {
  for (std::size_t j = 0; j < summary.mean.size(); ++j)
    if (!(summary.minimum[j] >= 0 && summary.maximum[j] <= 1))
      throw BadData(
          fmt::format("column {} of the data goes from {} to {}, but binary units show values from 0 to 1: put "
                      "the data through data.scale first",
                      j + 1, summary.minimum[j], summary.maximum[j]));
}

void demand_bits(View<const float> rows, Index first) {
  for (Index i = 0; i < rows.rows; ++i)
    for (const float value : rows.row(i))
      if (value != 0 && value != 1)
        throw BadData(
            fmt::format("row {} has {}, but probabilities are those of 0 and 1: put the data through "
                        "data.binarise first",
                        first + i + 1, value));
}

}  // namespace harmonium::helmholtz
