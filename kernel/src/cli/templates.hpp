#pragma once

#include <string_view>
#include <vector>

namespace harmonium::cli {

/// A file of share/templates/KIND, as it is when the program is built.
struct TemplateFile {
  std::string_view kind, name, text;
};
extern const std::vector<TemplateFile> template_files;

}  // namespace harmonium::cli
