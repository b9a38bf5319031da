#include <fmt/format.h>

#include <memory>

#include "cli/asking.hpp"
#include "cli/questions.hpp"
#include "cli/verbs.hpp"
#include "report/description.hpp"
#include "report/text_table.hpp"

namespace harmonium::cli {

namespace {

std::string listed(const Registry& registry) {
  std::string text = "Questions; `harmonium ask QUESTION --help` explains one:\n";
  report::TextTable table({{"", false}, {"", false}});
  for (const TypeInfo& type : questions(registry)) {
    std::string says = type.says.substr(0, type.says.find_first_of(".:,;("));
    says.erase(says.find_last_not_of(' ') + 1);
    table.row({"  " + type.name.substr(4), says + "."});
  }
  return text + table.text();
}

Exit explain(const AskOptions& options, const CLI::App& verb) {
  const Registry& registry = options.plugins.load();
  // `ask QUESTION --help` needs no model.
  const std::string& name = options.question.empty() ? options.model : options.question;
  if (!name.empty() && (!options.question.empty() || registry.find("ask." + name)))
    for (const char* apart = ""; const TypeInfo& kind : kinds_of(name, registry)) {
      fmt::print("{}{}", apart, report::describe(kind));
      apart = "\n";
    }
  else
    fmt::print("{}\n{}", verb.help("harmonium"), listed(registry));
  return Exit::success;
}

}  // namespace

void add_ask(CLI::App& program, Action& action) {
  auto options = std::make_shared<AskOptions>();
  CLI::App* verb = program.add_subcommand("ask", "Ask a trained model: energies, completions, classes, samples");
  verb->set_help_flag();
  verb->add_flag("-h,--help", options->help, "Print this help and the questions; with a QUESTION, its parameters");
  verb->add_option(
          "model", options->model,
          "FILE.yaml:NODE, a run's FOLDER:NODE, or a FILE.npz of export.npz, as FILE.npz:2 where it holds several")
      ->type_name("MODEL");
  verb->add_option("question", options->question, "What is asked: `energy` is the type ask.energy")
      ->type_name("QUESTION");
  verb->add_option("values", options->values, "Parameters of the question")->type_name("NAME=VALUE");
  verb->add_option(
          "--data", options->data,
          "The rows: a .csv (? , nan or an empty cell is missing), .npy or .png file; a row written out, as in "
          "0,1,? (may be given several times); or a node of the pipeline, as in split.test")
      ->type_name("ROWS")
      ->allow_extra_args(false);
  verb->add_option("--other", options->other, "Rows to compare with, likewise")
      ->type_name("ROWS")
      ->allow_extra_args(false);
  verb->add_option("-o,--out", options->out, "File to write, .csv, .npy or .png, instead of CSV to standard output")
      ->type_name("FILE");
  verb->add_option("--seed", options->seed, "Seed of what the question draws, instead of the pipeline's")
      ->type_name("NUMBER");
  verb->add_option("--set", options->settings, "As the run was told that made the model; may be given several times")
      ->type_name("NODE.PARAM=VALUE")
      ->allow_extra_args(false);
  verb->add_option("--param", options->parameters, "Likewise; may be given several times")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  verb->add_option("--model-seed", options->model_seed, "The --seed of that run")->type_name("NUMBER");
  verb->add_option("--store", options->store,
                   "Folder where results are kept; else HARMONIUM_STORE, else the user's cache")
      ->type_name("FOLDER");
  verb->add_option("--threads", options->threads, "Threads; answers do not depend on it; 0: one for each processor")
      ->type_name("NUMBER")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  options->plugins.add_to(*verb);
  verb->footer(
      "Columns of the rows are the model's visible units, layer after layer; of a label one for each class. The last\n"
      "layers may be left out where a question can do without; a line of names is skipped. Values are as the model "
      "was\n"
      "trained on: after data.scale and the like. Nothing is trained or stored.\n\n"
      "Examples:\n"
      "  harmonium run pipelines/digits-rbm.yaml --to rbm\n"
      "  harmonium ask pipelines/digits-rbm.yaml:rbm energy --data split.test\n"
      "  harmonium ask pipelines/digits-rbm.yaml:rbm complete --data holes.csv sweeps=200 --out whole.csv\n"
      "  harmonium ask pipelines/digits-rbm.yaml:rbm generate count=16 temperature=0.8 --out dreams.png");
  verb->callback([options, verb, &action] {
    action = [options, verb] {
      if (options->help) return explain(*options, *verb);
      if (options->model.empty() || options->question.empty())
        throw Error(Exit::usage, "a MODEL and a QUESTION are expected. See harmonium ask --help");
      return answer(*options);
    };
  });
}

}  // namespace harmonium::cli
