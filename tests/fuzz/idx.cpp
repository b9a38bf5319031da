// A file as images, and as images and labels at once.
#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const fuzz::MemoryFile file(bytes, size);
  fuzz::run_alone("reader.idx", {{"images", file.path()}});
  fuzz::run_alone("reader.idx", {{"images", file.path()}, {"labels", file.path()}});
  return 0;
}
