// What a command line changes in a pipeline, a line each: "s" and a --set, "p" and a --param, anything else a node that
// is added.
#include <sstream>

#include "pipeline/graph.hpp"
#include "run_alone.hpp"

using namespace harmonium;

namespace {

const std::string text = R"(harmonium: 1
params: {hidden: 4, rates: [0.1, 0.2], nothing: null}
nodes:
  bars: {use: reader.bars_and_stripes, with: {side: 3}}
  layer: {use: trainer.cd, in: {model: {use: model.rbm, with: {hidden: $hidden}}, data: bars}, with: {epochs: 2}}
  curve:
    each: {rate: $rates}
    nodes:
      train:
        use: trainer.cd
        in: {model: {use: model.rbm, with: {hidden: 2}}, data: bars}
        with: {update: {use: update.sgd, with: {rate: $rate, momentum: {use: schedule.linear, with: {from: 0.5, to: 0.9}}}}}
  stack: {use: stack.greedy, in: bars, with: {layers: [{hidden: $hidden}]}}
)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::loaded("trainer.cd");
  pipeline::Overrides overrides;
  std::istringstream lines(std::string(reinterpret_cast<const char*>(bytes), size));
  for (std::string line; std::getline(lines, line);) {
    const std::size_t equals = line.find('=');
    if (!line.empty() && (line[0] == 's' || line[0] == 'p') && equals != std::string::npos)
      (line[0] == 's' ? overrides.settings : overrides.parameters)
          .emplace_back(line.substr(1, equals - 1), line.substr(equals + 1));
    else
      overrides.nodes += line + "\n";
  }
  const pipeline::Checked checked = pipeline::check_text(text, SEEDS "/csv/pipeline.yaml", overrides);
  if (!checked.errors.empty() && !checked.graph.nodes.empty()) std::abort();
  return 0;
}
