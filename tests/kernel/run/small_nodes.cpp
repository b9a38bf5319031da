#include "kernel/run/small_nodes.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>
#include <thread>

#include "harmonium/file.hpp"
#include "plugin/registry.hpp"

namespace harmonium::run {

namespace fs = std::filesystem;

std::map<std::string, int> started, advanced;
int Counted::alive = 0, Counted::most = 0;

namespace {

struct Count {
  int count = 8;
  double first = 0;
  static void describe(NodeType<Count>& type) {
    type.says("Counts.").output<Numbers>("values", "The numbers.");
    type.parameter("count", &Count::count).says("How many.");
    type.parameter("first", &Count::first).says("The first number.");
  }
  Outputs run(const Inputs&, Context&) const {
    ++started["test.count"];
    Numbers numbers{Tensor::of<float>({count})};
    std::iota(numbers.values.values<float>().begin(), numbers.values.values<float>().end(), static_cast<float>(first));
    Outputs outputs;
    outputs.set("values", std::move(numbers));
    return outputs;
  }
};

struct FileBytes {
  FilePath path;
  static void describe(NodeType<FileBytes>& type) {
    type.says("The bytes of a file.").output<Numbers>("values", "The numbers.");
    type.parameter("path", &FileBytes::path).required().says("The file.");
  }
  Outputs run(const Inputs&, Context&) const {
    ++started["test.file"];
    std::ifstream file(path.path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    Numbers numbers{Tensor::of<float>({static_cast<Index>(text.size())})};
    std::copy(text.begin(), text.end(), numbers.values.values<float>().begin());
    Outputs outputs;
    outputs.set("values", std::move(numbers));
    return outputs;
  }
};

struct Train {
  int epochs = 5;
  double rate = 0.5;
  int wait = 0;
  int fail_at = -1;
  bool fixed_length = false;
  int grow_from = -1;
  static void describe(NodeType<Train>& type) {
    type.says("A random walk.").random().input<Numbers>("data", "Where to start.").output<Numbers>("model", "The end.");
    type.parameter("epochs", &Train::epochs).extends().says("Steps.");
    type.parameter("rate", &Train::rate).says("The length of a step.");
    type.parameter("wait", &Train::wait).unit("ms").says("How long a step takes.");
    type.parameter("fail_at", &Train::fail_at).says("The step that fails.");
    type.parameter("grow_from", &Train::grow_from)
        .says("The step from which the weight that is told grows ever faster.");
    type.parameter("fixed_length", &Train::fixed_length).says("Whether more epochs are another walk.");
  }
  struct State {
    Tensor weights;
    Index epoch = 0;
    Stream stream;
    void visit(Visitor& visitor) {
      visitor("weights", weights);
      visitor("epoch", epoch);
      visitor("stream", stream.key);
    }
  };
  bool continues() const { return !fixed_length; }
  State start(const Inputs& inputs, Context& context) const {
    ++started["test.train"];
    return {inputs.get<Numbers>("data").values, 0, context.stream("walk")};
  }
  bool advance(State& state, const Inputs& inputs, Context& context) const {
    if (state.epoch >= epochs) return false;
    if (state.epoch == fail_at) throw RunFailed("diverged at step 3");
    ++advanced["test.train"];
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    const Span<const float> data = inputs.get<Numbers>("data").values.values<float>();
    Tensor noise = Tensor::matrix(1, data.size);
    uniform(state.stream.at(static_cast<std::uint64_t>(state.epoch)), noise.view());
    const Span<float> weights = state.weights.values<float>();
    for (Index i = 0; i < data.size; ++i)
      weights[i] += static_cast<float>(rate) * (noise.view()(0, i) - 0.1F * weights[i] + 0.01F * data[i]);
    ++state.epoch;
    context.progress(static_cast<double>(state.epoch), epochs, "epochs");
    const auto grown = static_cast<double>(std::max<Index>(state.epoch - grow_from, 0));
    context.metric("weight", grow_from >= 0 ? std::exp(0.2 * grown) : weights[0], "");
    return true;
  }
  void finish(State& state, const Inputs&, Outputs& outputs) const { outputs.set("model", Numbers{state.weights}); }
};

struct Same {
  static void describe(NodeType<Same>& type) {
    type.says("The same again.").view().input<Numbers>("data", "Numbers.").output<Numbers>("values", "The same.");
  }
  Outputs run(const Inputs& inputs, Context&) const {
    ++started["test.same"];
    Outputs outputs;
    outputs.set("values", inputs.get<Numbers>("data"));
    return outputs;
  }
};

struct Later {
  double add = 1;
  static void describe(NodeType<Later>& type) {
    type.says("Adds a number, late.").input<Numbers>("data", "Numbers.").output<Numbers>("values", "The sums.");
    type.parameter("add", &Later::add).says("The number.");
  }
  struct State {
    double add = 0;
    void visit(Visitor& visitor) { visitor("add", add); }
  };
  State start(const Inputs&, Context&) const {
    ++started["test.later"];
    return {add};
  }
  void finish(State& state, const Inputs& inputs, Outputs& outputs) const {
    Numbers numbers = inputs.get<Numbers>("data");
    for (float& value : numbers.values.values<float>()) value += static_cast<float>(state.add);
    outputs.set("values", std::move(numbers));
  }
};

struct Show {
  static void describe(NodeType<Show>& type) {
    type.says("Shows.").list_input<Numbers>("data", "Numbers.").output<Table>("table", "T.").output<File>("file", "F.");
  }
  Outputs run(const Inputs& inputs, Context& context) const {
    ++started["test.show"];
    Table table{"sums", "input", {"sum"}, {"nats"}, {}};
    for (Index i = 0; i < inputs.count("data"); ++i) {
      const Span<const float> values = inputs.get<Numbers>("data", i).values.values<float>();
      table.rows.push_back({inputs.label("data", i).str(), {std::accumulate(values.begin(), values.end(), 0.0)}});
    }
    context.warn("only a test");
    File file;
    file.extension = "txt";
    file.bytes = Tensor::of<std::uint8_t>({2});
    std::memcpy(file.bytes.raw(), "hi", 2);
    Outputs outputs;
    outputs.set("table", std::move(table));
    outputs.set("file", std::move(file));
    return outputs;
  }
};

struct Big {
  int count = 100000;
  static void describe(NodeType<Big>& type) {
    type.says("On disk.").output<Numbers>("values", "The numbers.");
    type.parameter("count", &Big::count).says("How many.");
  }
  Outputs run(const Inputs&, Context& context) const {
    ++started["test.big"];
    const std::vector<Index> shape = {count};
    Numbers numbers{context.on_disk("values", Element::float32, shape)};
    std::iota(numbers.values.values<float>().begin(), numbers.values.values<float>().end(), 0.0F);
    Outputs outputs;
    outputs.set("values", std::move(numbers));
    return outputs;
  }
};

}  // namespace

void Watcher::progress(double done, double, const std::string&, const Steps&) {
  if (done == stop_at) stop = true;
}
void Watcher::node_started(const std::string& path, std::size_t, std::size_t) { begun.push_back(path); }

void RunTest::SetUp() {
  Registry& registry = Registry::instance();
  if (!registry.find("test.count")) {
    registry.add(describe_node<Count>("test.count"), "test");
    registry.add(describe_node<FileBytes>("test.file"), "test");
    registry.add(describe_node<Train>("test.train"), "test");
    registry.add(describe_node<Same>("test.same"), "test");
    registry.add(describe_node<Later>("test.later"), "test");
    registry.add(describe_node<Show>("test.show"), "test");
    registry.add(describe_node<Big>("test.big"), "test");
  }
  std::string name = (fs::temp_directory_path() / "harmonium-run-XXXXXX").string();
  ASSERT_NE(::mkdtemp(name.data()), nullptr);
  folder = name;
  options.store = folder / "store";
  options.out = folder / "out";
  options.stop = &watcher.stop;
  options.observer = &watcher;
  started.clear();
  advanced.clear();
}

void RunTest::TearDown() { fs::remove_all(folder); }

pipeline::Graph RunTest::graph(const std::string& nodes, std::uint64_t seed) const {
  const std::string text = "harmonium: 1\nseed: " + std::to_string(seed) + "\nnodes:\n" + nodes;
  pipeline::Checked checked = pipeline::check_text(text, folder / "test.yaml", {});
  for (const pipeline::Diagnostic& error : checked.errors) ADD_FAILURE() << error.text();
  return std::move(checked.graph);
}

Outcome RunTest::run(const std::string& nodes, std::uint64_t seed) { return run(graph(nodes, seed)); }
Outcome RunTest::run(const pipeline::Graph& graph) { return run::run(graph, options); }

std::string RunTest::key(const pipeline::Graph& graph, const std::string& node) const {
  FileHashes files(options.store);
  return recipes(graph, files)[graph.find(node).value()].key;
}

std::string RunTest::bits(const std::string& key) const {
  return read(Store(options.store).entry_folder(key) / "data");
}

std::vector<std::string> RunTest::computed(const Outcome& outcome) {
  std::vector<std::string> paths;
  for (const NodeResult& node : outcome.nodes)
    if (!node.from_store) paths.push_back(node.path);
  return paths;
}

std::string RunTest::read(const fs::path& file) const {
  std::ifstream in(file, std::ios::binary);
  EXPECT_TRUE(in) << file;
  return {std::istreambuf_iterator<char>(in), {}};
}
void RunTest::write(const fs::path& file, const std::string& text) const {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void register_walk(const std::string& name, const std::string& library) {
  Registry::instance().add(describe_node<Train>(name), library);
}

int in_another_process(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) {
    int result = 99;
    try {
      result = body();
    } catch (const std::exception& error) {
      ::fprintf(stderr, "%s\n", error.what());
    }
    ::_exit(result);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

}  // namespace harmonium::run
