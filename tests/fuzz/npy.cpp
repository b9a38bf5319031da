// A file as rows, and as rows and labels at once.
#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const fuzz::MemoryFile file(bytes, size);
  fuzz::run_alone("reader.npy", {{"path", file.path()}, {"missing", true}});
  fuzz::run_alone("reader.npy", {{"path", file.path()}, {"labels", file.path()}});
  return 0;
}
