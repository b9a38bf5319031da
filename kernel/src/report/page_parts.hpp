#pragma once

#include <string_view>

namespace harmonium::report {

/// share/report/page.css, share/report/page.js and Chart.js, as they are when the program is built.
extern const std::string_view page_style, page_script, page_charts;

}  // namespace harmonium::report
