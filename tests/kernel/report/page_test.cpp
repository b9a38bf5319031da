#include "report/page.hpp"

#include <gtest/gtest.h>

namespace harmonium::report {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Page, IsOneFileWithoutReferencesThatTextFromElsewhereCannotBreak) {
  const std::string hostile = "</script><script>alert(1)</script><!-- <b>&";
  const std::string text = page({{{"name", hostile}, {"text", hostile}}, {{"name", "b"}}});
  EXPECT_TRUE(text.starts_with("<!DOCTYPE html>"));
  // The data, the charts, the page.
  EXPECT_EQ(count(text, "</script>"), 3U);
  EXPECT_EQ(count(text, "<!--"), 0U);
  EXPECT_NE(text.find("<title>&lt;/script>&lt;script>alert(1)&lt;/script>&lt;!-- &lt;b>&amp;, b</title>"),
            std::string::npos);
  for (const char* reference : {"src=\"http", "href=\"http", "@import", "url(http"})
    EXPECT_EQ(count(text, reference), 0U) << reference;
}

}  // namespace
}  // namespace harmonium::report
