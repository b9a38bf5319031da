// A pipeline file, checked against the plugins that were built. Files that it names are looked for among the seeds of
// the reader of CSV files.
#include "pipeline/graph.hpp"
#include "run_alone.hpp"

using namespace harmonium;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz::loaded("reader.csv");
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const pipeline::Checked checked = pipeline::check_text(text, SEEDS "/csv/pipeline.yaml", {});
  if (!checked.errors.empty() && !checked.graph.nodes.empty()) std::abort();
  return 0;
}
