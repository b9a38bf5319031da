// How one node is run from its start, or from where it was left, to its entry in the store.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "run/engine.hpp"
#include "run/machine.hpp"
#include "run/node_view.hpp"

namespace harmonium::run {
namespace {

/// In units of what the last one took, where that was long: gigabytes of features would else be written again and
/// again.
constexpr double work_between_checkpoints = 10, long_seconds = 1;

double seconds_in(const Structure& structure, const std::string& property) {
  try {
    return std::stod(structure.property(property));
  } catch (const std::exception&) {
    return 0;
  }
}

}  // namespace

void Engine::compute(std::size_t n, bool kept) {
  const Recipe& recipe = recipes_[n];
  const std::string& path = graph_.nodes[n].path;
  const auto waits = [&] { warn(n, "another process computes the same result: waiting for it"); };
  const KeyLock lock(store_, recipe.key, waits, options_.stop);
  const bool again = (chosen_.forced[n] || held_[n].unusable) && !recomputed_.contains(recipe.key);
  if (!again && (kept ? load(n) : store_.entry(recipe.key) != nullptr)) return report_stored(n, 0);
  ++started_;
  observer_.node_started(path, started_, std::max(started_, to_run_));
  journal_.write("node started", {{"node", path},
                                  {"number", started_},
                                  {"of", std::max(started_, to_run_)},
                                  {"type", graph_.nodes[n].type->name},
                                  {"key", recipe.key}});
  const double began = now();
  const double before = work_on(n, kept).in_this_run;
  const double seconds = before + now() - began;
  recomputed_.insert(recipe.key);
  held_[n].unusable = false;
  fates_[n].how = "run";
  fates_[n].seconds = seconds;
  outcome_.nodes.push_back({path, false, seconds});
  journal_.write("node finished", {{"node", path}, {"took", seconds}});
  observer_.node_finished(path, false, seconds);
}

Engine::Spent Engine::work_on(std::size_t n, bool kept) {
  GraphInputs inputs(*this, n);
  NodeContext context(*this, n);
  Spent spent;
  const double began = now();
  double last_checkpoint = began, pause = options_.checkpoint_seconds;
  std::unique_ptr<Work> work;
  auto outputs = std::make_unique<Outputs>();
  bool left = false;
  try {
    work = begin(n, inputs, context, spent);
    while (work->advance(inputs, context)) {
      const bool stop = stopped();
      if (!stop && now() - last_checkpoint < pause) continue;
      const double checkpoint_began = now();
      checkpoint(n, *work, context.log(), spent + (checkpoint_began - began));
      last_checkpoint = now();
      const double took = last_checkpoint - checkpoint_began;
      pause = std::max(options_.checkpoint_seconds, took > long_seconds ? work_between_checkpoints * took : 0);
      if (stop) {
        left = true;
        break;
      }
    }
    if (!left) work->finish(inputs, *outputs);
  } catch (const Blamed&) {
    throw;
  } catch (const Error& error) {
    // What led to this failure would lead to it again.
    if (error.status() == Exit::run_failed || error.status() == Exit::bad_data)
      if (work) store_.forget_checkpoint(recipes_[n].key);
    throw;
  }
  if (left)
    throw Error(Exit::interrupted, fmt::format("interrupted while {} was running; {}", graph_.nodes[n].path,
                                               chosen_.forced[n] ? "run --resume goes on from there"
                                                                 : "the next run goes on from there, with --resume in "
                                                                   "the same folder"));
  write(context.state(), n, *work, context.log(), spent + (now() - began));
  context.state().put(store_.entry_folder(recipes_[n].key));
  store_.forget_checkpoint(recipes_[n].key);
  if (!recipes_[n].extent.empty()) store_.remember_family(recipes_[n].family, recipes_[n].key, recipes_[n].extent);
  if (kept || held_[n].uses > 1) held_[n].outputs = std::move(outputs);
  settle(n);
  return spent;
}

std::unique_ptr<Work> Engine::begin(std::size_t n, Inputs& inputs, NodeContext& context, Spent& spent) {
  const pipeline::GraphNode& node = graph_.nodes[n];
  std::string what;
  const auto from = something_to_go_on_from(n, what);
  if (from) {
    const Arithmetic then{from->structure().property("blas"), from->structure().property("simd")};
    if (then != arithmetic())
      throw RunFailed(fmt::format(
          "{} was computed with {} kernels and {}, this is {} and {}: going on would mix their rounding; --force {} "
          "starts it again from its beginning",
          what, then.blas, then.simd, arithmetic().blas, arithmetic().simd, node.path));
    std::unique_ptr<Work> work(node.work->blank());
    try {
      from->load(*work);
      spent.ever = seconds_in(from->structure(), "seconds");
      // What a shorter training of this run took is that node's.
      if (from->structure().key == recipes_[n].key && from->structure().property("run") == id_)
        spent.in_this_run = seconds_in(from->structure(), "seconds_of_run");
      journal_.write("node resumed", {{"node", node.path}, {"from", what}, {"spent", spent.ever}});
      context.take_up(NodeLog(from->structure().property("metrics")));
      return work;
    } catch (const BadData& error) {
      warn(n, fmt::format("{} does not fit this version and is not used: {}", what, error.what()));
    }
  }
  return context.beginning([&] { return std::unique_ptr<Work>(node.work->start(inputs, context)); });
}

std::unique_ptr<StoredState> Engine::something_to_go_on_from(std::size_t n, std::string& what) {
  if (chosen_.afresh[n]) return nullptr;
  const Recipe& recipe = recipes_[n];
  std::string problem;
  what = "its checkpoint";
  if (auto state = store_.checkpoint(recipe.key, &problem))
    if (!chosen_.forced[n] || is_forced_by(id_, state->structure())) return state;
  if (!problem.empty()) warn(n, fmt::format("its checkpoint is damaged and is not used: {}", problem));
  if (chosen_.forced[n] || recipe.extent.empty() || !graph_.nodes[n].work->continues()) return nullptr;

  auto shorter = store_.shorter(recipe.family, recipe.extent);
  if (!shorter) return nullptr;
  what = shorter->what;
  return std::move(shorter->state);
}

void Engine::checkpoint(std::size_t n, Work& work, const NodeLog& log, const Spent& spent) {
  const Recipe& recipe = recipes_[n];
  try {
    const std::unique_ptr<NewState> state = store_.begin();
    write(*state, n, work, log, spent);
    state->put(store_.checkpoint_folder(recipe.key));
    if (!recipe.extent.empty()) store_.remember_family(recipe.family, recipe.key, recipe.extent);
  } catch (const RunFailed& error) {
    // The work itself is well, and there may be room again when it is done.
    if (!std::exchange(held_[n].no_checkpoint_told, true))
      warn(n, fmt::format("no checkpoint was written: {}", error.what()));
  }
}

void Engine::write(NewState& state, std::size_t n, Work& work, const NodeLog& log, const Spent& spent) const {
  const pipeline::GraphNode& node = graph_.nodes[n];
  const Recipe& recipe = recipes_[n];
  const nlohmann::ordered_json readable = {{"key", recipe.key},
                                           {"recipe", recipe.json},
                                           {"created", time_of_day()},
                                           {"harmonium", program_version()},
                                           {"builds", builds(node)},
                                           {"hardware", hardware()},
                                           {"blas", arithmetic().blas},
                                           {"simd", arithmetic().simd},
                                           {"seconds", std::round(spent.ever * 1000) / 1000}};
  state.write(work, recipe.key,
              {{"blas", arithmetic().blas},
               {"simd", arithmetic().simd},
               {"seconds", fmt::format("{}", spent.ever)},
               {"run", id_},
               {"seconds_of_run", fmt::format("{}", spent.in_this_run)},
               {"forced", chosen_.forced[n] ? "yes" : "no"},
               {"metrics", log.text()}},
              readable.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
}

}  // namespace harmonium::run
