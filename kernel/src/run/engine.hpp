#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "harmonium/certificate.hpp"
#include "run/journal.hpp"
#include "run/node_log.hpp"
#include "run/recipe.hpp"
#include "run/results.hpp"
#include "run/run.hpp"
#include "run/selection.hpp"
#include "run/store.hpp"

namespace harmonium::run {

class NodeContext;

/// An error whose message has its place already.
class Blamed final : public Error {
 public:
  using Error::Error;
};

/// Runs the nodes of one graph, one after the other. What a node makes is kept in memory until nobody can ask for it
/// any more; what comes from the store is loaded when it is first asked for.
class Engine {
 public:
  Engine(const pipeline::Graph& graph, const Options& options, const Store& store, const std::vector<Recipe>& recipes,
         Selection chosen, Results& results, Journal& journal, std::string id, Outcome& outcome);

  /// Throws Error: what a node threw, with its place in the pipeline file; or interrupted.
  void run();

  /// How each node fared, for the manifest: "run", "stored", "view", "not needed" or "not reached".
  struct Fate {
    std::string how = "not reached";
    double seconds = 0;
    nlohmann::ordered_json metrics = nlohmann::ordered_json::object();
    std::set<std::string> advised;  ///< on what advice was given while it was at work
    std::vector<std::string> files;
    /// What is known of log Z of the model that it made, if anything is.
    std::optional<Certificate> certificate;
  };
  const std::vector<Fate>& fates() const { return fates_; }

 private:
  friend class GraphInputs;
  friend class NodeContext;

  /// What of a node is in memory.
  struct Held {
    std::unique_ptr<Outputs> outputs;
    int uses = 0;           ///< who may still ask for it
    bool settled = false;   ///< it will not ask for its own inputs any more
    bool unusable = false;  ///< what the store has does not fit the code
    bool no_checkpoint_told = false;
  };

  void process(std::size_t n);
  void show(std::size_t n);
  /// What it makes: from memory, the store, or by running it.
  const Outputs& outputs_of(std::size_t n);
  void make_view(std::size_t n);
  bool load(std::size_t n);
  /// Runs it, unless another process has stored it meanwhile. With `kept` its outputs are in memory afterwards, taken
  /// while nobody can prune the store of them.
  void compute(std::size_t n, bool kept);
  /// Seconds of work in a state.
  struct Spent {
    double ever = 0, in_this_run = 0;
    Spent operator+(double more) const { return {ever + more, in_this_run + more}; }
  };
  /// What was in its state when it began.
  Spent work_on(std::size_t n, bool kept);
  /// A state to work on: resumed, continued from a shorter run, or started. `spent` becomes what is in it already.
  std::unique_ptr<Work> begin(std::size_t n, Inputs& inputs, NodeContext& context, Spent& spent);
  std::unique_ptr<StoredState> something_to_go_on_from(std::size_t n, std::string& what);
  void checkpoint(std::size_t n, Work& work, const NodeLog& log, const Spent& spent);
  void write(NewState& state, std::size_t n, Work& work, const NodeLog& log, const Spent& spent) const;

  void count_uses();
  void release(std::size_t n);
  void settle(std::size_t n);
  bool stopped() const { return options_.stop && options_.stop->load(); }
  void report_stored(std::size_t n, double seconds);
  void forget_what_led_there(std::size_t n);
  /// Whether it finished before the run was resumed; then its fate is what it was.
  bool recall(std::size_t n);
  void warn(std::size_t n, const std::string& text);
  /// Calls body() and puts the place of node n before what it throws.
  template <class Body>
  auto blame(std::size_t n, Body&& body);

  const pipeline::Graph& graph_;
  const Options& options_;
  const Store& store_;
  const std::vector<Recipe>& recipes_;
  Selection chosen_;
  Results& results_;
  Journal& journal_;
  const std::string id_;  ///< of the run
  Outcome& outcome_;
  report::Observer silent_;
  report::Observer& observer_;
  std::vector<Held> held_;
  std::vector<Fate> fates_;
  std::set<std::string> recomputed_;
  std::size_t started_ = 0, to_run_ = 0;
};

}  // namespace harmonium::run
