// A byte that says what follows: an archive, or the description of a model that an archive has beside its arrays.
#include "exchange/npz.hpp"

#include <cstring>

#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

namespace {

Tensor zeros(Tensor::Shape shape) { return Tensor(Element::float32, std::move(shape)); }

/// An archive with arrays for layers of 4 and 3 units.
Tensor archive_with(const std::uint8_t* description, std::size_t size) {
  Tensor text = Tensor::of<std::uint8_t>({static_cast<Index>(size)});
  if (size > 0) std::memcpy(text.raw(), description, size);
  return write_npz({{"model", std::move(text)},
                    {"visible.bias", zeros({4})},
                    {"hidden.bias", zeros({3})},
                    {"visible-hidden.weights", zeros({4, 3})},
                    {"visible-visible.weights", zeros({4, 4})}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  if (bytes[0] & 1) {
    const Tensor archive = archive_with(bytes + 1, size - 1);
    const fuzz::MemoryFile file(archive.data<std::uint8_t>(), static_cast<std::size_t>(archive.size()));
    fuzz::run_alone("model.read", {{"path", file.path()}});
  } else {
    const fuzz::MemoryFile file(bytes + 1, size - 1);
    fuzz::run_alone("model.read", {{"path", file.path()}});
    fuzz::run_alone("model.npz", {{"path", file.path()}});
  }
  return 0;
}
