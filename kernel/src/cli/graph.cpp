#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>

#include "cli/output.hpp"
#include "cli/pipeline_file.hpp"
#include "cli/verbs.hpp"
#include "report/drawing.hpp"

namespace harmonium::cli {

namespace {

/// What Graphviz makes of a figure in its language. The program reads a file, so that neither side can wait for the
/// other. Throws RunFailed where there is no Graphviz or it fails.
std::string drawn_by_graphviz(const std::string& dot) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> text(std::tmpfile(), std::fclose);
  if (!text || std::fwrite(dot.data(), 1, dot.size(), text.get()) != dot.size() || std::fflush(text.get()) != 0)
    throw RunFailed(fmt::format("cannot write a temporary file: {}", std::strerror(errno)));
  std::rewind(text.get());
  int drawing[2];
  if (pipe2(drawing, O_CLOEXEC) != 0) throw RunFailed(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t child = fork();
  if (child < 0) throw RunFailed(fmt::format("cannot start a program: {}", std::strerror(errno)));
  if (child == 0) {
    dup2(fileno(text.get()), STDIN_FILENO);
    dup2(drawing[1], STDOUT_FILENO);
    execlp("dot", "dot", "-Tsvg", nullptr);
    _exit(127);
  }
  close(drawing[1]);
  std::string svg;
  char block[1 << 16];
  for (;;) {
    const ssize_t count = read(drawing[0], block, sizeof block);
    if (count > 0) svg.append(block, static_cast<std::size_t>(count));
    if (count == 0 || (count < 0 && errno != EINTR)) break;
  }
  close(drawing[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    throw RunFailed(
        "drawing SVG needs Graphviz, whose program `dot` was not found: install the package graphviz, or "
        "use --format dot or mermaid");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw RunFailed("Graphviz failed to draw the pipeline; `--format dot` shows what it was given");
  return svg;
}

}  // namespace

void add_graph(CLI::App& program, Action& action) {
  struct Options {
    PipelineFile pipeline;
    std::string format = "dot";
    std::string out;
    bool all = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* verb = program.add_subcommand("graph", "Draw a pipeline");
  options->pipeline.add_to(*verb);
  verb->add_option("--format", options->format, "dot, svg (drawn by Graphviz) or mermaid")
      ->check(CLI::IsMember({"dot", "svg", "mermaid"}))
      ->type_name("FORMAT")
      ->capture_default_str();
  verb->add_option("-o,--output", options->out, "File to write instead of standard output")->type_name("FILE");
  verb->add_flag("--all", options->all, "Draw every copy; else the first of its kind stands for all");
  verb->footer(
      "Example:\n"
      "  harmonium graph pipelines/digits-dbn.yaml --format svg -o digits-dbn.svg");
  verb->callback([options, &action] {
    action = [options] {
      const pipeline::Checked checked = options->pipeline.check();
      if (!checked.errors.empty()) return report_errors(checked, options->pipeline.name(), false);
      std::string text = options->format == "mermaid" ? report::as_mermaid(checked.graph, options->all)
                                                      : report::as_dot(checked.graph, options->all);
      if (options->format == "svg") text = drawn_by_graphviz(text);
      write_output(options->out, text);
      return Exit::success;
    };
  });
}

}  // namespace harmonium::cli
