#include "harmonium/shown.hpp"

#include <fmt/format.h>

namespace harmonium {

void check_shown(const ModelSpec& model, const DataSpec& data, const std::string& where, Specs& outputs) {
  for (const LayerSpec& layer : model.layers) {
    if (!layer.visible) continue;
    const PartSpec* part = data.find(layer.part);
    if (!part) {
      std::string there;
      for (const PartSpec& each : data.parts) there += (there.empty() ? "'" : ", '") + each.name + "'";
      outputs.problem(where, fmt::format("the model's layer '{}' shows the part '{}', which the data do not "
                                         "have; their parts are {}",
                                         layer.name, layer.part, there));
    } else if (part->width != layer.size) {
      outputs.problem(where, fmt::format("the data's part '{}' has {} columns, but the model's layer '{}' has {} "
                                         "units",
                                         part->name, part->width, layer.name, layer.size));
    }
  }
}

}  // namespace harmonium
