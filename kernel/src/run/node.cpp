#include "harmonium/node.hpp"

#include <stdexcept>

namespace harmonium {

Inputs::~Inputs() = default;
Context::~Context() = default;
Work::~Work() = default;
NodeWork::~NodeWork() = default;

void Outputs::put(const std::string& port, const char* type, std::shared_ptr<void> value) {
  for (Value& present : values_)
    if (present.port == port) {
      present = {port, type, std::move(value)};
      return;
    }
  values_.push_back({port, type, std::move(value)});
}

std::shared_ptr<void> Outputs::at(const std::string& port, const std::string& type) const {
  for (const Value& present : values_) {
    if (present.port != port) continue;
    if (present.type != type)
      throw std::logic_error("output '" + port + "' is declared as " + type + ", but got a " + present.type);
    return present.value;
  }
  return nullptr;
}

void detail::visit_outputs(const std::vector<PortInfo>& ports, Outputs& outputs, Visitor& visitor) {
  for (const PortInfo& port : ports) {
    if (!port.visit)
      throw std::logic_error("output '" + port.name + "' (" + port.type +
                             ") cannot be written down: the node needs a State, or is a view()");
    visitor.enter(port.name);
    std::shared_ptr<void> value = outputs.at(port.name, port.type);
    std::int64_t present = value ? 1 : 0;
    visitor.integer("present", present);
    if (present) {
      if (visitor.loading()) {
        value = port.make();
        outputs.put(port.name, port.type.c_str(), value);
      }
      visitor.enter("value");
      port.visit(value.get(), visitor);
      visitor.leave();
    }
    visitor.leave();
  }
}

}  // namespace harmonium
