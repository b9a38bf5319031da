// A stored state. Two bytes say how long the archive is and whether the data's checksums are compared; the rest of the
// input is the file `data`. The archive is sealed here: what is wrong with an envelope that the fuzzer made shows in
// the first step, and hardly anything else would be reached behind its checksum.
#include "harmonium/errors.hpp"
#include "run/hash.hpp"
#include "run/stored_state.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;

namespace {

/// Everything that a state may be made of.
struct EveryKind final : Work {
  Tensor weights = Tensor::matrix(0, 0), anything;
  std::int64_t epoch = 0;
  double rate = 0;
  bool trained = false;
  int steps = 0;
  std::uint64_t stream = 0;
  std::vector<double> course;
  std::vector<Index> order;
  std::vector<std::string> classes;
  std::vector<std::vector<double>> nested;

  bool advance(const Inputs&, Context&) override { return false; }
  void finish(const Inputs&, Outputs&) override {}
  void visit(Visitor& visitor) override {
    visitor("weights", weights);
    visitor("anything", anything);
    visitor.enter("numbers");
    visitor("epoch", epoch);
    visitor("rate", rate);
    visitor("trained", trained);
    visitor("steps", steps);
    visitor("stream", stream);
    visitor.leave();
    visitor("course", course);
    visitor("order", order);
    visitor("classes", classes);
    visitor("nested", nested);
  }
};

void load(std::string_view archive, std::string_view data, bool content) {
  static const testing::TemporaryFolder folder;
  const std::string key = run::decode(archive).key;
  folder.write("entry", run::seal(archive));
  folder.write("data", std::string(data));
  EveryKind state;
  run::StoredState(folder.path(), key, content).load(state);
  // Values that are mapped lie where the structure says: reading them shows whether that is in the file.
  for (const Tensor* tensor : {&state.weights, &state.anything})
    run::hash64(tensor->raw(), static_cast<std::size_t>(tensor->bytes()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  try {
    run::unseal(input);
  } catch (const BadData&) {
  }
  if (size < 2) return 0;
  const std::size_t length = std::size_t{bytes[0]} | std::size_t{bytes[1] & 0x7fU} << 8;
  const bool content = bytes[1] & 0x80;
  const std::string_view archive = input.substr(2, length);
  try {
    load(archive, input.substr(2 + archive.size()), content);
  } catch (const BadData&) {
  }
  return 0;
}
