#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "cli/plugin_path.hpp"
#include "cli/questions.hpp"
#include "cli/verbs.hpp"
#include "pipeline/graph.hpp"

namespace harmonium::cli {

namespace {

/// What a shell is told to do: ask the program what could stand where the cursor is; else it completes files.
/// Bash breaks words at colons and equals signs and replaces what follows the last of them; the program is given whole
/// words.
constexpr const char* bash = R"(_harmonium() {
  local cur="${COMP_WORDS[COMP_CWORD]}" line words
  read -ra words <<< "${COMP_LINE:0:COMP_POINT}"
  [[ "${COMP_LINE:COMP_POINT-1:1}" == " " ]] && words+=("")
  [[ "$cur" == [:=]* ]] && cur="${cur:1}"
  local broken="${words[-1]%"$cur"}"
  COMPREPLY=()
  while IFS= read -r line; do COMPREPLY+=("${line#"$broken"}"); done < <(
    "${words[0]}" complete -- "${words[@]:1}" 2>/dev/null)
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[.=] ]] && compopt -o nospace
}
complete -o default -F _harmonium harmonium
)";

constexpr const char* zsh = R"(#compdef harmonium
_harmonium() {
  local -a found
  found=("${(@f)$("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "${found[1]}" ]]; then compadd -Q -- "${found[@]}"; else _files; fi
}
compdef _harmonium harmonium
)";

constexpr const char* fish = R"(function __harmonium
  set -l words (commandline -opc) (commandline -ct)
  $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c harmonium -a '(__harmonium)'
)";

/// What could stand in place of the last of the words after the program's name.
class Completing {
 public:
  Completing(const CLI::App& program, std::vector<std::string> words) : program_(program), words_(std::move(words)) {
    if (words_.empty()) words_.emplace_back();
    last_ = words_.back();
  }

  std::vector<std::string> candidates() {
    if (words_.size() == 1) {
      for (const CLI::App* verb :
           program_.get_subcommands([](const CLI::App* app) { return !app->get_group().empty(); }))
        add(verb->get_name());
      return std::move(found_);
    }
    const CLI::App* verb = nullptr;
    for (const CLI::App* each : program_.get_subcommands([](const CLI::App*) { return true; }))
      if (each->get_name() == words_[0]) verb = each;
    if (!verb) return {};
    const std::vector<const CLI::App*> parts = verb->get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* part : parts) {
      if (words_.size() == 2) add(part->get_name());
      if (part->get_name() == words_[1]) verb = part;
    }
    if (last_.starts_with("-")) {
      for (const CLI::Option* option : verb->get_options())
        for (const std::string& name : option->get_lnames()) add("--" + name);
      return std::move(found_);
    }
    const std::string& before = words_[words_.size() - 2];
    const bool opens = words_[0] == "ask" && words_.size() == 2;
    if (words_[0] == "inspect") types();
    if (words_[0] == "ask" && words_.size() == 3) questions_of();
    if (opens) nodes(last_.substr(0, last_.find(':')), last_.substr(0, last_.find(':') + 1), "");
    if (before == "--to" || before == "--force" ||
        ((words_[0] == "explain" || words_[0] == "model") && words_.size() == 3))
      nodes(words_[1], "", "");
    if (before == "--set") parameters();
    if (before == "--kind")
      for (const std::string& kind : plugin_kinds()) add(kind);
    return std::move(found_);
  }

 private:
  void add(const std::string& candidate) {
    if (candidate.starts_with(last_) && std::find(found_.begin(), found_.end(), candidate) == found_.end())
      found_.push_back(candidate);
  }
  void types() {
    for (const auto& [name, type] : plugins_.load().types()) add(name);
  }
  void questions_of() {
    for (const TypeInfo& type : questions(plugins_.load())) add(type.name.substr(type.name.find('.') + 1));
  }
  pipeline::Graph graph(const std::string& file) {
    plugins_.load();
    return pipeline::check(file, {}).graph;
  }
  void nodes(const std::string& file, const std::string& before, const std::string& after) {
    if (file.empty()) return;
    for (const pipeline::GraphNode& node : graph(file).nodes) add(before + node.path + after);
  }
  void parameters() {
    for (const pipeline::GraphNode& node : graph(words_[1]).nodes) {
      // Node by node: there are many parameters.
      if (!last_.starts_with(node.path + ".")) add(node.path + ".");
      for (const ParameterInfo& parameter : node.type->parameters)
        if (last_.starts_with(node.path + ".")) add(node.path + "." + parameter.name + "=");
    }
  }

  const CLI::App& program_;
  std::vector<std::string> words_;
  std::string last_;
  PluginPath plugins_;
  std::vector<std::string> found_;
};

}  // namespace

void add_completion(CLI::App& program, Action& action) {
  auto shell = std::make_shared<std::string>();
  CLI::App* verb =
      program.add_subcommand("completion", "Print what makes a shell complete verbs, options, types and nodes");
  verb->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->type_name("SHELL")
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->footer(
      "Examples:\n"
      "  source <(harmonium completion bash)      # in ~/.bashrc\n"
      "  source <(harmonium completion zsh)       # in ~/.zshrc, after compinit\n"
      "  harmonium completion fish | source       # in ~/.config/fish/config.fish");
  verb->callback([shell, &action] {
    action = [shell] {
      fmt::print("{}", *shell == "bash" ? bash : *shell == "zsh" ? zsh : fish);
      return Exit::success;
    };
  });

  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* asked = program.add_subcommand("complete", "What shells ask")->group("");
  asked->add_option("words", *words, "The words after the program's name, the last one unfinished");
  asked->callback([words, &action, &program] {
    action = [words, &program] {
      for (const std::string& candidate : Completing(program, *words).candidates()) fmt::print("{}\n", candidate);
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
