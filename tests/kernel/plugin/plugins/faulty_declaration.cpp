#include "node.hpp"

namespace {

struct Faulty : Good {
  int steps = 0;
  static void describe(harmonium::NodeType<Faulty>& type) {
    type.says("Has a default outside its range.").output<harmonium::Table>("table", "An empty table.");
    type.parameter("steps", &Faulty::steps).at_least(1).says("How many.");
  }
};

}  // namespace

HARMONIUM_PLUGIN(registrar) {
  registrar.node<Good>("refused.good");
  registrar.node<Faulty>("refused.faulty");
}
