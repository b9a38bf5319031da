#include "cli/asking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cli/answer.hpp"
#include "cli/asked_model.hpp"
#include "cli/output.hpp"
#include "cli/pipeline_file.hpp"
#include "cli/questions.hpp"
#include "harmonium/belief_net.hpp"
#include "harmonium/feedforward.hpp"
#include "harmonium/file.hpp"
#include "harmonium/helmholtz.hpp"
#include "harmonium/network.hpp"
#include "harmonium/parallel.hpp"
#include "run/answering.hpp"
#include "run/results.hpp"

namespace harmonium::cli {

namespace {

using pipeline::Graph;
using pipeline::GraphNode;

// The node that makes a picture of the answer.
constexpr const char* picture_node = "asked-picture";

/// Whether a text is the values of a row: numbers, ? and nan, separated by commas or blanks. Names of nodes have no
/// commas: where one of several values is wrong it is named.
bool is_written_out(const std::string& text, const std::string& option) {
  bool any = false;
  constexpr const char* between = ", ";
  for (std::size_t at = text.find_first_not_of(between); at != std::string::npos; any = true) {
    const std::size_t end = std::min(text.size(), text.find_first_of(between, at));
    double value = 0;
    const char* first = text.data() + at + (text[at] == '+' ? 1 : 0);
    const auto read = std::from_chars(first, text.data() + end, value);
    const bool number = read.ec == std::errc() && read.ptr == text.data() + end;
    if (const std::string item = text.substr(at, end - at); !number && item != "?") {
      if (text.find(',') == std::string::npos) return false;
      throw Error(Exit::usage, fmt::format("--{}: '{}' in the row '{}' is neither a number nor ?", option, item, text));
    }
    at = text.find_first_not_of(between, end);
  }
  return any;
}

/// What a model takes for rows: the parts that it shows or reads, and the image shape of the first.
struct Shown {
  std::vector<std::string> parts;
  Tensor::Shape shape;
};

/// Of the model that a node gives at a port; no parts where it gives no model.
Shown shown_by(const GraphNode& node, const std::string& port) {
  Shown shown;
  if (!node.outputs.has(port)) return shown;
  const std::string& type = node.outputs.ports().at(port).front().type;
  if (type == Network::port_type) {
    for (const LayerSpec& layer : node.outputs.get<Network>(port).layers) {
      if (!layer.visible) continue;
      if (shown.parts.empty()) shown.shape = layer.shape;
      shown.parts.push_back(layer.part);
    }
  } else if (type == Feedforward::port_type) {
    const FeedforwardSpec& network = node.outputs.get<Feedforward>(port);
    shown = {{network.part}, network.input_shape};
  } else if (type == HelmholtzMachine::port_type) {
    const HelmholtzSpec& machine = node.outputs.get<HelmholtzMachine>(port);
    shown = {{machine.part}, machine.shape};
  } else if (type == DeepBeliefNet::port_type) {
    const HelmholtzSpec& below = node.outputs.get<DeepBeliefNet>(port).below;
    shown = {{below.part}, below.shape};
  }
  return shown;
}

/// One question, from the command line to its answer.
class Asking {
 public:
  explicit Asking(const AskOptions& options)
      : options_(options),
        model_(model_called(options.model)),
        registry_(options.plugins.load()),
        question_(question_for(model_, options.question, registry_, [&](const Nodes& nodes) { return check(nodes); })) {
  }

  Exit answer() {
    check_options();
    find_shown();
    pipeline::Checked checked = check(nodes());
    if (!checked.errors.empty()) return report(checked);
    if (wants_picture()) {
      Nodes more = nodes();
      more[picture_node] = picture();
      checked = check(more);
      if (!checked.errors.empty()) return report(checked);
    }
    Graph& graph = checked.graph;
    std::vector<bool> here;
    for (GraphNode& node : graph.nodes) {
      // Within an exported model's graph there is nothing but what is asked.
      here.push_back(model_.exported() || node.path.starts_with("asked-"));
      if (node.path.starts_with("asked-") && !options_.seed.empty()) node.seed = *seed_of(options_.seed, "--seed");
    }
    if (options_.threads > 0) set_threads(options_.threads);
    const bool of_run = options_.store.empty() && model_.run;
    const run::Store store(of_run ? model_.run->store() : run::Store::place(options_.store));
    run::Answering answering(graph, store, here,
                             [&](const std::string& path) { return fmt::format("`{}` makes it", run_command(path)); });
    demand_same(graph, answering);
    write(graph, answering);
    for (const std::string& warning : answering.warnings()) fmt::print(stderr, "harmonium: {}\n", warning);
    return Exit::success;
  }

 private:
  static bool is_picture(const std::string& data) { return ending_of(data) == ".png"; }
  bool wants_picture() const { return ending_of(options_.out) == ".png"; }

  void check_options() const {
    for (const auto& [given, port] :
         {std::pair(!options_.data.empty(), "data"), std::pair(!options_.other.empty(), "other")}) {
      const PortInfo* takes = question_.input(port);
      if (given && !takes)
        throw Error(Exit::usage, fmt::format("'{}' is not asked of rows: it takes no --{}", options_.question, port));
      if (!given && takes && !takes->optional)
        throw Error(Exit::usage, fmt::format("'{}' is asked of rows: --{} gives them", options_.question, port));
    }
    const std::string ending = ending_of(options_.out);
    if (!options_.out.empty() && options_.out != "-" && ending != ".csv" && ending != ".npy" && ending != ".png")
      throw Error(Exit::usage, fmt::format("--out writes .csv, .npy or .png, not '{}'", options_.out));
    if (ending == ".png" && question_.type.outputs.front().type == Table::port_type)
      throw Error(Exit::usage,
                  fmt::format("the answer to '{}' is a table, which is no picture: --out writes it as .csv "
                              "or .npy",
                              options_.question));
  }

  pipeline::Overrides overrides() const {
    pipeline::Overrides overrides;
    overrides.settings = assignments(options_.settings, "--set", "NODE.PARAM");
    overrides.parameters = assignments(options_.parameters, "--param", "NAME");
    overrides.seed = seed_of(options_.model_seed, "--model-seed");
    return overrides;
  }

  pipeline::Checked check(const Nodes& nodes) const {
    pipeline::Overrides all = overrides();
    if (nodes.contains(question_node))
      for (const auto& [name, value] : assignments(options_.values, options_.question.c_str(), "NAME"))
        all.settings.emplace_back(std::string(question_node) + "." + name, value);
    all.nodes = nodes.dump();
    if (model_.run) return model_.run->check(all);
    if (!model_.exported()) return pipeline::check(model_.file, all);
    return pipeline::check_text("{harmonium: 1, nodes: {}}", std::filesystem::current_path() / "asked", all);
  }

  /// The model's node or nodes, as others refer to them.
  Nodes model_name() const {
    if (!model_.exported()) return model_.node;
    Nodes all = Nodes::array();
    for (const auto& [name, reader] : question_.readers.items()) all.push_back(name);
    return all.size() == 1 ? all[0] : all;
  }

  Nodes nodes() const {
    Nodes all = question_.readers;
    Nodes in = {{"model", model_name()}};
    if (!options_.data.empty()) in["data"] = rows("data", options_.data, all);
    if (!options_.other.empty()) in["other"] = rows("other", options_.other, all);
    all[question_node] = {{"use", question_.type.name}, {"in", in}};
    return all;
  }

  /// Adds the nodes that read rows; returns the name of what gives them.
  std::string rows(const std::string& option, const std::vector<std::string>& given, Nodes& all) const {
    const std::string reader = "asked-" + option + "-file", columns = "asked-" + option;
    const auto written = [&](const std::string& text) { return !is_picture(text) && is_written_out(text, option); };
    if (std::any_of(given.begin(), given.end(), is_picture) != std::all_of(given.begin(), given.end(), is_picture) ||
        std::any_of(given.begin(), given.end(), written) != std::all_of(given.begin(), given.end(), written))
      throw Error(Exit::usage,
                  fmt::format("--{} is given rows written out, pictures or one file, not a mixture", option));
    Nodes with = Nodes::object();
    std::string type;
    if (is_picture(given[0])) {
      type = "reader.patches";
      with = {{"paths", Nodes::array()}, {"size", shape_}, {"whole", true}};
      for (const std::string& file : given) with["paths"].push_back(std::filesystem::absolute(file).string());
    } else if (written(given[0])) {
      type = "reader.table";
      with = {{"rows", given}};
    } else if (given.size() > 1) {
      throw Error(Exit::usage, fmt::format("--{} is given {} times, which only rows written out and pictures may be",
                                           option, given.size()));
    } else if (const std::string ending = ending_of(given[0]);
               ending == ".npy" || ending == ".csv" || ending == ".txt" || ending == ".tsv" || ending == ".gz") {
      type = ending == ".npy" ? "reader.npy" : "reader.csv";
      with = {{"path", std::filesystem::absolute(given[0]).string()}, {"missing", true}};
    } else if (model_.exported()) {
      throw Error(Exit::usage, fmt::format("--{} is a .csv, .npy or .png file or a row written out as 0,1,?, got '{}'",
                                           option, given[0]));
    } else {
      return given[0];
    }
    all[reader] = {{"use", type}, {"with", with}};
    all[columns] = {{"use", "data.columns"}, {"in", {{"data", reader}}}};
    if (cut_by_model_)
      all[columns]["in"]["model"] = model_name();
    else
      all[columns]["with"] = {{"name", part_}};
    return columns;
  }

  /// What the model shows: the image shape, which pictures are cut into, and the part that rows become.
  void find_shown() {
    shape_ = {1, 1};
    part_ = "features";
    const PortInfo& model = question_.model();
    cut_by_model_ = model.type == Network::port_type && !model.list;
    const bool pictures = std::any_of(options_.data.begin(), options_.data.end(), is_picture) ||
                          std::any_of(options_.other.begin(), options_.other.end(), is_picture);
    // What takes any model, and nothing else, so that nothing but the model can be wrong.
    const TypeInfo* exporter = registry_.find("export.npz");
    if ((cut_by_model_ && !pictures) || !exporter) return;
    Nodes alone = question_.readers;
    for (const PortInfo& port : exporter->inputs)
      if (port.type == model.type) alone[picture_node] = {{"use", exporter->name}, {"in", {{port.name, model_name()}}}};
    const pipeline::Checked checked = check(alone);
    // What is wrong is said when the whole is checked.
    if (!checked.errors.empty()) return;
    Shown shown;
    int models = 0;
    for_each_source(checked.graph, picture_node, [&](const GraphNode& from, const std::string& port) {
      if (models++ == 0) shown = shown_by(from, port);
    });
    cut_by_model_ = model.type == Network::port_type && models == 1 && shown.parts.size() > 1;
    if (!shown.parts.empty()) part_ = shown.parts.front();
    if (!pictures) return;
    if (shown.shape.size() != 2)
      throw Error(Exit::usage, shown.shape.empty()
                                   ? "a picture is given, but what the model shows has no shape of rows and columns"
                                   : fmt::format("a picture is given, but what the model shows has {} channels",
                                                 shown.shape.front()));
    shape_ = shown.shape;
  }

  /// each(node, port) for what is connected to a node, or to those that a composite consists of, from outside.
  template <class Each>
  static void for_each_source(const Graph& graph, const char* to, Each&& each) {
    for (const GraphNode& node : graph.nodes) {
      if (!node.path.starts_with(to)) continue;
      for (const auto& [port, sources] : node.inputs)
        for (const pipeline::Source& source : sources)
          if (const GraphNode& from = graph.nodes[source.node]; !from.path.starts_with(to)) each(from, source.port);
    }
  }

  /// The node whose output is the answer: of a composite, the one within it that nobody consumes.
  static std::size_t answering_node(const Graph& graph) {
    std::vector<bool> consumed(graph.nodes.size(), false);
    for (const GraphNode& node : graph.nodes)
      for (const auto& [port, sources] : node.inputs)
        for (const pipeline::Source& source : sources)
          if (node.path != picture_node) consumed[source.node] = true;
    for (std::size_t n = graph.nodes.size(); n-- > 0;)
      if (!consumed[n] && graph.nodes[n].path.starts_with(question_node)) return n;
    throw Error(Exit::internal, "the question has no node that answers it");
  }

  static Nodes picture() { return {{"use", "export.png"}, {"in", question_node}}; }

  /// Parts of an answer that no one asked for: those of the rows that the model does not show, as their labels, which
  /// it would not take if the answer were given to it again.
  static std::set<std::string> carried_parts(const Graph& graph) {
    std::set<std::string> carried, shown;
    for_each_source(graph, question_node, [&](const GraphNode& from, const std::string& port) {
      const Shown here = shown_by(from, port);
      shown.insert(here.parts.begin(), here.parts.end());
      if (from.outputs.has(port) && from.outputs.ports().at(port).front().type == Dataset::port_type)
        for (const PartSpec& part : from.outputs.get<Dataset>(port).parts) carried.insert(part.name);
    });
    for (const std::string& part : shown) carried.erase(part);
    return carried;
  }

  /// A folder of a run means what was made then, unless something is said to be otherwise.
  void demand_same(const Graph& graph, const run::Answering& answering) const {
    const auto node = graph.find(model_.node);
    if (!model_.run || !node || !options_.settings.empty() || !options_.parameters.empty() ||
        !options_.model_seed.empty())
      return;
    const nlohmann::json* then = model_.run->node(model_.node);
    if (then && then->at("key") != answering.key(*node))
      throw RunFailed(fmt::format("{} cannot be made as in the run in {}: its data or plugins have changed since",
                                  model_.node, model_.run->folder.string()));
  }

  std::string run_command(const std::string& node) const {
    std::string command = fmt::format("harmonium run {}", model_.run ? model_.run->folder.string() : model_.file);
    for (const std::string& setting : options_.settings) command += fmt::format(" --set '{}'", setting);
    for (const std::string& parameter : options_.parameters) command += fmt::format(" --param '{}'", parameter);
    if (!options_.model_seed.empty()) command += " --seed " + options_.model_seed;
    const std::string store = options_.store.empty() && model_.run ? model_.run->store().string() : options_.store;
    if (!store.empty()) command += " --store " + store;
    return command + (node.find_first_of("[ ") == std::string::npos ? " --to " + node : " --to '" + node + "'");
  }

  void write(const Graph& graph, run::Answering& answering) const {
    const bool picture = wants_picture();
    const std::size_t node = picture ? *graph.find(picture_node) : answering_node(graph);
    const PortInfo& port = graph.nodes[node].type->outputs.front();
    const std::shared_ptr<void> value = answering.outputs_of(node).at(port.name, port.type);
    const bool npy = ending_of(options_.out) == ".npy";
    if (picture) {
      const Tensor& bytes = static_cast<const File*>(value.get())->bytes;
      write_output(options_.out, {static_cast<const char*>(bytes.raw()), static_cast<std::size_t>(bytes.bytes())});
    } else if (port.type == Dataset::port_type) {
      const auto& data = *static_cast<const Dataset*>(value.get());
      const std::set<std::string> without = carried_parts(graph);
      write_output(options_.out, npy ? npy_of(data, without) : csv_of(data, without));
    } else if (port.type == Table::port_type) {
      const auto& table = *static_cast<const Table*>(value.get());
      write_output(options_.out, npy ? npy_of(table) : run::csv_of(table));
    } else {
      throw RunFailed(fmt::format("'{}' answers with '{}', which can be written neither as rows nor as a table",
                                  options_.question, port.type));
    }
  }

  /// What is wrong with the question is said by the words of the command line.
  Exit report(const pipeline::Checked& checked) const {
    pipeline::Checked others;
    std::set<std::string> said;
    bool of_model = false;
    for (const pipeline::Diagnostic& error : checked.errors) {
      std::string where = where_of(error);
      if (where.empty()) {
        others.errors.push_back(error);
        continue;
      }
      of_model = of_model || where == options_.model;
      std::string message = error.message;
      // Which composites a problem lies within.
      if (const std::size_t used = message.rfind(fmt::format(" is used by {}", question_node));
          used != std::string::npos)
        message.erase(message.rfind(" (", used));
      const std::string node = fmt::format("node '{}'", question_node);
      if (const std::size_t at = message.find(node); at != std::string::npos)
        message.replace(at, node.size(), fmt::format("'{}'", options_.question));
      // Names of the nodes that are added here mean nothing to the person.
      for (const auto& added : {question_node, picture_node, model_node, "asked-data-file", "asked-data",
                                "asked-other-file", "asked-other"})
        for (const std::string& listed : {fmt::format("{}, ", added), fmt::format(", {}", added)})
          if (const std::size_t at = message.find(listed); at != std::string::npos) message.erase(at, listed.size());
      const std::string line = fmt::format("harmonium: {}: {}\n", where, message);
      if (said.insert(line).second) fmt::print(stderr, "{}", line);
    }
    if (const std::size_t networks = question_.readers.size(); networks > 1 && of_model)
      fmt::print(stderr, "harmonium: the {} networks in {} were asked as a stack; {}:1 to {}:{} are one each\n",
                 networks, model_.file, model_.file, model_.file, networks);
    if (!others.errors.empty()) return report_errors(others, model_.file, false);
    const Exit status = status_of(checked);
    return status == Exit::bad_pipeline ? Exit::usage : status;
  }

  /// The option that a problem of the added nodes lies in; empty for one of the pipeline file.
  std::string where_of(const pipeline::Diagnostic& error) const {
    const std::string set = std::string("--set ") + question_node + ".";
    if (error.location.file.starts_with(set)) return error.location.file.substr(set.size());
    const std::string nodes = "nodes.asked-";
    if (!error.path.starts_with(nodes)) return "";
    const std::string path = error.path.substr(nodes.size());
    if (path.ends_with(".in.model") || path.starts_with("model")) return options_.model;
    // Of a composite it may be a node within that it goes to.
    for (const char* option : {"data", "other"})
      if (path.starts_with(option) || (path.starts_with("question.") && path.ends_with(fmt::format(".in.{}", option))))
        return fmt::format("--{}", option);
    // What else a node within is given comes from the model.
    if (path.starts_with("question.") && path.find(".in.") != std::string::npos) return options_.model;
    if (path.starts_with("question.with.")) return path.substr(std::string("question.with.").size());
    return path.starts_with("picture") ? "--out" : options_.question;
  }

  const AskOptions& options_;
  AskedModel model_;
  const Registry& registry_;
  Question question_;
  bool cut_by_model_ = true;  ///< whether the model is one network, which may show several parts
  Tensor::Shape shape_;       ///< of the images that the model shows
  std::string part_;          ///< that it shows
};

}  // namespace

Exit answer(const AskOptions& options) { return Asking(options).answer(); }

}  // namespace harmonium::cli
