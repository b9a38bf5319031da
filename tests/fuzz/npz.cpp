// A byte that says what follows: an archive, or the description of a model of some kind that an archive has beside its
// arrays.
#include "exchange/npz.hpp"

#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

namespace {

Tensor zeros(Tensor::Shape shape) { return Tensor(Element::float32, std::move(shape)); }

constexpr const char* kinds[][2] = {{"model", "model.read"},
                                    {"readout", "model.read.feedforward"},
                                    {"helmholtz", "model.read.helmholtz"},
                                    {"belief_net", "model.read.belief_net"}};

/// An archive with arrays for layers of 4 and 3 units, of whatever kind.
Tensor archive_with(const char* kind, const std::uint8_t* description, std::size_t size) {
  Tensor text = Tensor::of<std::uint8_t>({static_cast<Index>(size)});
  if (size > 0) std::memcpy(text.raw(), description, size);
  std::vector<NamedArray> arrays = {{kind, std::move(text)},
                                    {"visible.bias", zeros({4})},
                                    {"hidden.bias", zeros({3})},
                                    {"visible-hidden.weights", zeros({4, 3})},
                                    {"visible-visible.weights", zeros({4, 4})},
                                    {"layer1.weights", zeros({4, 3})},
                                    {"layer1.bias", zeros({3})}};
  for (const std::string machine : {"helmholtz", "belief_net"}) {
    arrays.push_back({machine + ".layer0.bias", zeros({4})});
    arrays.push_back({machine + ".layer1.bias", zeros({3})});
    arrays.push_back({machine + ".layer1.recognition_bias", zeros({3})});
    arrays.push_back({machine + ".layer1-layer0.weights", zeros({3, 4})});
    arrays.push_back({machine + ".layer0-layer1.weights", zeros({4, 3})});
  }
  // The top of a belief network, of which only what is below it varies.
  const std::string_view top =
      R"({"format":1,"layers":[{"name":"f","units":"units.bernoulli","size":3,"shape":[],"visible":true,"part":"features",
          "by_channel":false}],"links":[]})";
  Tensor top_text = Tensor::of<std::uint8_t>({static_cast<Index>(top.size())});
  std::memcpy(top_text.raw(), top.data(), top.size());
  arrays.push_back({"belief_net.top.model", std::move(top_text)});
  arrays.push_back({"belief_net.top.f.bias", zeros({3})});
  return write_npz(arrays);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  if (bytes[0] & 1) {
    const auto& [kind, reader] = kinds[(bytes[0] >> 1) & 3];
    const Tensor archive = archive_with(kind, bytes + 1, size - 1);
    const fuzz::MemoryFile file(archive.data<std::uint8_t>(), static_cast<std::size_t>(archive.size()));
    fuzz::run_alone(reader, {{"path", file.path()}});
  } else {
    const fuzz::MemoryFile file(bytes + 1, size - 1);
    for (const auto& [kind, reader] : kinds) fuzz::run_alone(reader, {{"path", file.path()}});
    fuzz::run_alone("model.npz", {{"path", file.path()}});
  }
  return 0;
}
