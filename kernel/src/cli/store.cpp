#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/verbs.hpp"
#include "report/text_table.hpp"
#include "run/housekeeping.hpp"

namespace harmonium::cli {

namespace {

using run::Kept;

/// "1.2 GB": powers of 1000, as disks are sold.
std::string size_text(std::uint64_t bytes) {
  constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(units); ++unit) value /= 1000;
  return unit == 0 ? fmt::format("{} B", bytes) : fmt::format("{:.3g} {}", value, units[unit]);
}

std::string days_ago(std::filesystem::file_time_type time) {
  const auto passed = std::filesystem::file_time_type::clock::now() - time;
  const double days = std::chrono::duration<double, std::ratio<86400>>(passed).count();
  return days < 0.95 ? fmt::format("{:.0f} h ago", days * 24) : fmt::format("{:.0f} d ago", days);
}

std::string users_of(const Kept& kept) {
  if (kept.users.empty()) return "";
  const std::string& first = kept.users.front();
  const std::string name = first.substr(first.find_last_of('/') + 1);
  return kept.users.size() == 1 ? name : fmt::format("{} and {} more", name, kept.users.size() - 1);
}

void print_list(const std::vector<Kept>& all) {
  report::TextTable table({{"key", false},
                           {"type", false},
                           {"", false},
                           {"size", true},
                           {"took (s)", true},
                           {"used", true},
                           {"of the last run of", false}});
  for (const Kept& kept : all)
    table.row({kept.key.substr(0, 12), kept.type, kept.finished ? "" : "unfinished", size_text(kept.bytes),
               fmt::format("{:.1f}", kept.seconds), days_ago(kept.used), users_of(kept)});
  fmt::print("{}", table.text());
}

nlohmann::ordered_json json_of_kept(const std::vector<Kept>& all) {
  auto list = nlohmann::ordered_json::array();
  for (const Kept& kept : all)
    list.push_back({{"key", kept.key},
                    {"type", kept.type},
                    {"finished", kept.finished},
                    {"bytes", kept.bytes},
                    {"seconds", kept.seconds},
                    {"made", kept.made},
                    {"folder", kept.folder.string()},
                    {"users", kept.users}});
  return list;
}

std::uint64_t bytes_of(const std::vector<Kept>& all) {
  std::uint64_t bytes = 0;
  for (const Kept& kept : all) bytes += kept.bytes;
  return bytes;
}

void print_sizes(const std::vector<Kept>& all) {
  struct Sum {
    std::uint64_t bytes = 0, unused = 0;
    int count = 0;
  };
  std::map<std::string, Sum> sums;
  Sum total;
  for (const Kept& kept : all)
    for (Sum* sum : {&sums[kept.finished ? kept.type : kept.type + ", unfinished"], &total}) {
      sum->bytes += kept.bytes;
      sum->unused += kept.users.empty() ? kept.bytes : 0;
      ++sum->count;
    }
  std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) { return a.second.bytes > b.second.bytes; });
  sorted.emplace_back("all", total);
  report::TextTable table({{"type", false}, {"results", true}, {"size", true}, {"unused", true}});
  for (const auto& [type, sum] : sorted)
    table.row({type, std::to_string(sum.count), size_text(sum.bytes), size_text(sum.unused)});
  fmt::print("{}", table.text());
}

struct StoreOptions {
  std::string folder;
  std::optional<std::uint64_t> most;
  double days = 0;
  bool unused = false, dry = false, json = false;

  run::Store store() const { return run::Store(run::Store::place(folder)); }
};

Exit collect_garbage(const StoreOptions& options) {
  run::Pruning pruning;
  pruning.unused = options.unused;
  pruning.older = std::chrono::seconds(static_cast<std::int64_t>(options.days * 86400));
  if (options.most) pruning.most = *options.most;
  if (!options.unused && options.days <= 0 && !options.most)
    throw Error(Exit::usage, "say what is to go: --unused, --older DAYS or --down-to SIZE");
  const run::Store store = options.store();
  const std::vector<Kept> all = run::kept_in(store), going = run::prunable(all, pruning);
  const std::vector<Kept> gone = options.dry ? going : run::prune(store, going);
  if (options.json) {
    fmt::print("{}\n", json_of_kept(gone).dump(2));
    return Exit::success;
  }
  fmt::print("{} {} of {} results, {} of {}\n", options.dry ? "would delete" : "deleted", gone.size(), all.size(),
             size_text(bytes_of(gone)), size_text(bytes_of(all)));
  if (gone.size() < going.size())
    fmt::print("{} are being computed by other processes and stay\n", going.size() - gone.size());
  return Exit::success;
}

}  // namespace

void add_store(CLI::App& program, Action& action) {
  auto options = std::make_shared<StoreOptions>();
  CLI::App* verb = program.add_subcommand("store", "List, measure and prune what is stored");
  verb->require_subcommand(1);
  const auto add = [&](const char* name, const char* says) {
    CLI::App* part = verb->add_subcommand(name, says);
    part->add_option("--store", options->folder,
                     "Folder where results are kept; else HARMONIUM_STORE, else the user's cache")
        ->type_name("FOLDER");
    part->add_flag("--json", options->json, "Print it as JSON");
    return part;
  };
  add("ls", "List results, the last used first")->callback([options, &action] {
    action = [options] {
      const std::vector<Kept> all = run::kept_in(options->store());
      options->json ? fmt::print("{}\n", json_of_kept(all).dump(2)) : print_list(all);
      return Exit::success;
    };
  });
  add("du", "Say how much room results take")->callback([options, &action] {
    action = [options] {
      const std::vector<Kept> all = run::kept_in(options->store());
      if (options->json)
        fmt::print("{}\n", nlohmann::ordered_json{{"results", all.size()}, {"bytes", bytes_of(all)}}.dump(2));
      else
        print_sizes(all);
      return Exit::success;
    };
  });
  CLI::App* gc = add("gc", "Delete results: they are computed again when they are needed");
  gc->add_flag("--unused", options->unused, "What the last run of no pipeline file that is still there has reached");
  gc->add_option("--older", options->days, "What was not used for so many days")
      ->type_name("DAYS")
      ->check(CLI::PositiveNumber);
  gc->add_option("--down-to", options->most, "The least recently used, until this much is left: 500MB, 20GB")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(true));
  gc->add_flag("--dry-run", options->dry, "Delete nothing, say what would go");
  gc->callback([options, &action] { action = [options] { return collect_garbage(*options); }; });
  verb->footer(
      "Examples:\n"
      "  harmonium store ls\n"
      "  harmonium store gc --unused --dry-run\n"
      "  harmonium store gc --down-to 20GB");
}

}  // namespace harmonium::cli
