// A byte that says how the table is to be read, then the table.
#include "memory_file.hpp"
#include "run_alone.hpp"

using namespace harmonium;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const fuzz::MemoryFile file(bytes + 1, size - 1);
  const bool missing = bytes[0] & 1, columns = bytes[0] & 2;
  static const std::string labels[] = {"none", "first", "last", "2"};
  if (columns) {
    const auto column = [](const char* name) { return testing::list({std::string(name)}); };
    fuzz::run_alone("reader.columns", {{"path", file.path()},
                                       {"header", "no"},
                                       {"missing", missing},
                                       {"real", column("1")},
                                       {"binary", column("2")},
                                       {"count", column("3")},
                                       {"category", column("4")}});
  } else {
    fuzz::run_alone("reader.csv", {{"path", file.path()}, {"label", labels[bytes[0] >> 2 & 3]}, {"missing", missing}});
  }
  return 0;
}
