#include "cli/run_options.hpp"

namespace harmonium::cli {

void RunOptions::add_to(CLI::App& verb) {
  verb.add_option("--to", to_, "Only this node or group, and what it needs; may be given several times")
      ->type_name("NODE")
      ->allow_extra_args(false);
  verb.add_option(
          "--force", force_,
          "Run this node or group again from its start, although it is stored; may be given several times. A run "
          "that is repeated does so no more, one that is resumed does")
      ->type_name("NODE")
      ->allow_extra_args(false);
  verb.add_option("--store", store_, "Folder where results are kept; else HARMONIUM_STORE, else the user's cache")
      ->type_name("FOLDER");
}

run::Options RunOptions::options() const {
  run::Options options;
  options.store = store_;
  options.to = to_;
  options.force = force_;
  return options;
}

}  // namespace harmonium::cli
