#include "report/page.hpp"

#include <fmt/format.h>

#include <string_view>

#include "harmonium/errors.hpp"
#include "report/findings.hpp"
#include "report/page_parts.hpp"

namespace harmonium::report {
namespace {

/// JSON that may stand within a script element, which "</script" or "<!--" would end or change.
std::string within_script(const nlohmann::ordered_json& json) {
  const std::string text = json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text)
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

std::string within_html(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '&')
      safe += "&amp;";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

std::string page(const std::vector<nlohmann::ordered_json>& runs) {
  std::string title;
  for (const auto& run : runs) title += (title.empty() ? "" : ", ") + run.value("name", "");
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  text += "<title>" + within_html(title) + "</title>\n<style>\n";
  text += page_style;
  text += "</style>\n</head>\n<body>\n<main id=\"page\"></main>\n<script type=\"application/json\" id=\"runs\">";
  text += within_script(runs);
  text += "</script>\n<script>\n";
  text += page_charts;
  text += "\n</script>\n<script>\n";
  text += page_script;
  text += "</script>\n</body>\n</html>\n";
  return text;
}

std::string page_of(const std::vector<run::Manifest>& runs) {
  std::vector<nlohmann::ordered_json> all;
  for (const run::Manifest& run : runs) {
    const pipeline::Checked checked = run.check({});
    if (!checked.errors.empty())
      throw RunFailed(fmt::format("the pipeline of the run in {} is no longer understood: {}", run.folder.string(),
                                  checked.errors.front().text()));
    all.push_back(findings(run, checked.graph));
  }
  return page(all);
}

}  // namespace harmonium::report
