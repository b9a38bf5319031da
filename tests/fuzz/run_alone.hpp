#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "harmonium/feedforward.hpp"
#include "harmonium/missing.hpp"
#include "harmonium/parallel.hpp"
#include "memory_kernel.hpp"
#include "plugin/registry.hpp"

namespace harmonium::fuzz {

/// A type of the plugins that were built. Ends the program where there is none of that name.
inline const TypeInfo& loaded(const char* name) {
  static const bool once = [] {
    set_threads(1);  // whose stacks would count as memory
    Registry::instance().load({Registry::system_folder()});
    return true;
  }();
  static_cast<void>(once);
  const TypeInfo* type = Registry::instance().find(name);
  if (type) return *type;
  std::fprintf(stderr, "no plugin offers %s\n", name);
  std::abort();
}

/// The beginning and the end of every part.
inline void read_some(const Dataset& data) {
  constexpr Index most_values = 1 << 16;
  for (std::size_t part = 0; part < data.spec().parts.size(); ++part) {
    const Index width = data.spec().parts[part].width;
    const Index rows = std::min(data.rows(), std::max<Index>(most_values / std::max<Index>(width, 1), 1));
    Tensor values = Tensor::matrix(rows, width);
    for (const Index first : {Index{0}, data.rows() - rows})
      read_with_missing(data, static_cast<Index>(part), first, rows, values.view());
  }
}

/// Whether a data set is what was told of it before the run.
inline bool as_told(const DataSpec& told, const DataSpec& made) {
  const auto same = [](const PartSpec& a, const PartSpec& b) {
    return a.name == b.name && a.width == b.width && a.classes == b.classes;
  };
  return (told.rows == DataSpec::unknown || told.rows == made.rows) &&
         std::equal(told.parts.begin(), told.parts.end(), made.parts.begin(), made.parts.end(), same);
}

/// Asks a node without inputs for its sizes, then runs it, as the kernel does. It may say that its file or parameters
/// are faulty or ask for another plugin; everything else, also a data set of other sizes than told, ends the program.
inline void run_alone(const char* name, const testing::Settings& settings) {
  const TypeInfo& type = loaded(name);
  try {
    const auto node = type.as_node(testing::make(type, settings));
    Specs told;
    node->outputs({}, told);
    if (!told.problems().empty()) return;
    const testing::FakeInputs inputs;
    testing::FakeContext context;
    const std::unique_ptr<Work> work(node->start(inputs, context));
    Outputs outputs;
    work->finish(inputs, outputs);
    if (told.has("readout")) {
      const auto& network = testing::get<Feedforward>(outputs, "readout");
      const Tensor rows = Tensor::matrix(2, network.spec().inputs);
      Tensor means = Tensor::matrix(2, network.spec().outputs);
      network.forward(rows.view(), means.view());
    }
    if (!told.has("data")) return;
    const auto& data = testing::get<Dataset>(outputs, "data");
    if (!as_told(told.get<Dataset>("data"), data.spec())) std::abort();
    read_some(data);
  } catch (const Error& error) {
    const Exit status = error.status();
    if (status != Exit::bad_data && status != Exit::bad_pipeline && status != Exit::plugin_missing) throw;
  }
}

}  // namespace harmonium::fuzz
