#include "harmonium/input_file.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"
#include "gzip.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

std::string content_of(const std::string& path) {
  InputFile file(path);
  std::string content(100000, '\0');
  content.resize(static_cast<std::size_t>(file.read(content.data(), static_cast<Index>(content.size()))));
  return content;
}

}  // namespace

TEST(InputFile, ReadsPlainAndCompressedFilesAlikeWhateverTheirName) {
  const TemporaryFolder folder;
  const std::string text(50000, 'x');
  EXPECT_EQ(content_of(folder.write("plain.gz", text)), text);
  EXPECT_EQ(content_of(folder.write("compressed", gzip(text))), text);
  EXPECT_EQ(content_of(folder.write("two", gzip("a") + gzip("b"))), "ab");
  EXPECT_EQ(content_of(folder.write("empty", "")), "");
}

TEST(InputFile, SaysWhatIsWrongWithAFile) {
  const TemporaryFolder folder;
  const std::string whole = gzip(std::string(50000, 'x') + "abcdefgh");
  std::string flipped = whole;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 1);
  const std::string cut = folder.write("cut", whole.substr(0, whole.size() / 2));
  const std::string bad = folder.write("bad", flipped);
  EXPECT_EQ(message_of([&] { content_of(cut); }), cut + ": the compressed data are cut short");
  EXPECT_NE(message_of([&] { content_of(bad); }).find("the compressed data are damaged"), std::string::npos);
  EXPECT_NE(message_of([&] { content_of(folder.path() / "none"); }).find("No such file"), std::string::npos);
  EXPECT_NE(message_of([&] { content_of(folder.path()); }).find("is not a file"), std::string::npos);
}

TEST(MapFile, GivesPartOfAFileAsATensor) {
  const TemporaryFolder folder;
  const std::string path = folder.write("bytes", "headerABCDEF");
  const Tensor tensor = map_file(path, 6, Element::uint8, {2, 3});
  EXPECT_EQ(tensor.view<std::uint8_t>()(1, 0), 'D');
  EXPECT_EQ(message_of([&] { map_file(path, 6, Element::uint8, {7}); }), path + " has 12 bytes, but 13 are needed");
}
