#include "run/answering.hpp"

#include "kernel/run/small_nodes.hpp"

namespace harmonium::run {
namespace {

class AnsweringTest : public RunTest {
 protected:
  static constexpr const char* nodes = R"(
  numbers: {use: test.count}
  view: {use: test.same, in: numbers}
  layer1: {use: test.train, in: view}
  layer2: {use: test.train, in: layer1}
)";
  /// The numbers that a node makes, the nodes named being made in memory.
  std::vector<float> answer(const std::string& node, const std::vector<std::string>& here) const {
    const pipeline::Graph all = graph(nodes);
    std::vector<bool> made;
    for (const pipeline::GraphNode& each : all.nodes)
      made.push_back(std::find(here.begin(), here.end(), each.path) != here.end());
    const Store store(Store::place(options.store));
    Answering answering(all, store, made, [](const std::string& path) { return "run " + path; });
    const std::size_t n = *all.find(node);
    const PortInfo& port = all.nodes[n].type->outputs.front();
    const auto value = answering.outputs_of(n).at(port.name, port.type);
    const Tensor& values = static_cast<const Numbers*>(value.get())->values;
    const Span<const float> numbers = values.values<float>();
    return {numbers.begin(), numbers.end()};
  }
  Index files() const {
    Index count = 0;
    for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) count += each.is_regular_file();
    return count;
  }
};

TEST_F(AnsweringTest, MakesInMemoryWhatARunWouldMakeAndLeavesNoTrace) {
  const Index before = files();
  const std::vector<float> here = answer("layer2", {"numbers", "layer1", "layer2"});
  EXPECT_EQ(files(), before);
  run(nodes);
  EXPECT_EQ(answer("layer2", {}), here);
}

TEST_F(AnsweringTest, LoadsWhatIsStoredAndSaysWhatIsNot) {
  run(nodes);
  started.clear();
  EXPECT_FALSE(answer("layer2", {"layer2"}).empty());
  EXPECT_EQ(started.size(), 1U);
  std::filesystem::remove_all(options.store);
  try {
    answer("layer2", {"layer2"});
    ADD_FAILURE() << "nothing was refused";
  } catch (const RunFailed& error) {
    EXPECT_EQ(std::string(error.what()), "layer1 is not in the store " + options.store.string() + "; run layer1");
  }
}

}  // namespace
}  // namespace harmonium::run
