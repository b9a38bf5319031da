#include <gtest/gtest.h>

#include "csv/csv_reader.hpp"
#include "fake_kernel.hpp"
#include "gzip.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

class CsvReaderTest : public ::testing::Test {
 protected:
  Settings settings(const std::string& content, const Settings& more = {}) {
    path_ = folder_.write("data.csv", content);
    Settings all{{"path", path_}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Dataset read(const std::string& content, const Settings& more = {}) {
    return get<Dataset>(run_node<CsvReader>(settings(content, more), FakeInputs()), "data");
  }
  /// What checking, and then reading, says; without the path.
  std::string refusal(const std::string& content, const Settings& more = {}) {
    const Settings all = settings(content, more);
    std::string message = message_of([&] {
      specs_of<CsvReader>(all);
      run_node<CsvReader>(all, FakeInputs());
    });
    if (message.starts_with(path_)) message.erase(0, path_.size());
    return message;
  }
  /// The first problem noted while checking.
  Specs::Problem problem(const std::string& content, const Settings& more) {
    return specs_of<CsvReader>(settings(content, more)).problems().at(0);
  }

  TemporaryFolder folder_;
  std::string path_;
};

}  // namespace

TEST_F(CsvReaderTest, ReadsNumbersAndLabelsPlainAndCompressedAlike) {
  const std::string content = "1,2.5,b\n-3,+4e1,a\n.5,7,b\n";
  for (const std::string& file : {content, gzip(content)}) {
    const Dataset data = read(file, {{"label", "last"}});
    const Tensor features = all_rows(data, "features");
    EXPECT_EQ(data.rows(), 3);
    EXPECT_EQ(features.view()(0, 1), 2.5F);
    EXPECT_EQ(features.view()(1, 0), -3);
    EXPECT_EQ(features.view()(1, 1), 40);
    EXPECT_EQ(features.view()(2, 0), 0.5F);
    EXPECT_EQ(data.spec().part("label").classes, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(data.classes("label"), (std::vector<Index>{1, 0, 1}));
  }
}

TEST_F(CsvReaderTest, KnowsSizesShapeAndClassesBeforeTheRun) {
  const Specs specs =
      specs_of<CsvReader>(settings("1,2,3,4,10\n5,6,7,8,9\n", {{"label", "last"}, {"shape", list({2, 2})}}));
  const auto& spec = specs.get<Dataset>("data");
  EXPECT_EQ(spec.rows, 2);
  EXPECT_EQ(spec.part("features").width, 4);
  EXPECT_EQ(spec.part("features").shape, (Tensor::Shape{2, 2}));
  // Numbers by value: 10 would come before 9 in the alphabet.
  EXPECT_EQ(spec.part("label").classes, (std::vector<std::string>{"9", "10"}));
}

TEST_F(CsvReaderTest, FindsTheLabelByPlaceNumberOrName) {
  const std::string content = "size,kind,weight\n1,2,3\n4,5,6\n";
  EXPECT_EQ(read(content, {{"label", "first"}}).spec().part("label").classes, (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(read(content, {{"label", "2"}}).spec().part("label").classes, (std::vector<std::string>{"2", "5"}));
  EXPECT_EQ(read(content, {{"label", "kind"}}).spec().part("label").classes, (std::vector<std::string>{"2", "5"}));
  EXPECT_EQ(read(content).spec().find("label"), nullptr);
  EXPECT_EQ(read(content).spec().part("features").width, 3);
  EXPECT_NE(refusal(content, {{"label", "colour"}}).find("no column 'colour'; its columns are size, kind, weight"),
            std::string::npos);
  EXPECT_NE(refusal(content, {{"label", "4"}}).find("has columns 1 to 3, so column 4 cannot be the label"),
            std::string::npos);
  EXPECT_NE(refusal("1,2\n", {{"label", "kind"}}).find("has no header"), std::string::npos);
}

TEST_F(CsvReaderTest, KeepsTheOrderOfClassesThatAreNamed) {
  const Dataset data = read("1,b\n2,a\n3,b\n", {{"label", "last"}, {"classes", list({"b", "a", "c"})}});
  EXPECT_EQ(data.classes("label"), (std::vector<Index>{0, 1, 0}));
  EXPECT_EQ(data.spec().part("label").width, 3);
  EXPECT_EQ(refusal("1,b\n2,x\n", {{"label", "last"}, {"classes", list({"b", "a"})}}),
            ": line 2, column 2: 'x' is none of the classes");
  EXPECT_NE(refusal("1,b\n", {{"label", "last"}, {"classes", list({"b", "b"})}}).find("named twice"),
            std::string::npos);
  EXPECT_EQ(read("1,3.0\n2,4\n", {{"label", "last"}, {"classes", list({"3", "4"})}}).rows(), 2);
}

TEST_F(CsvReaderTest, UnderstandsSeparatorsQuotesLineEndsAndMarks) {
  for (const char* content : {"1;2\n3;4\n", "1\t2\r\n3\t4\r\n", "1|2\n3|4", "1 2\n 3   4 \n", "1, 2\n3, 4\n\n",
                              "\xef\xbb\xbf\"1\",\"2\"\n3 ,4\n", "a;b\n1;2\n3;4\n"}) {
    const Tensor features = all_rows(read(content), "features");
    ASSERT_EQ(features.shape(), (Tensor::Shape{2, 2})) << content;
    EXPECT_EQ(features.view()(0, 1), 2) << content;
    EXPECT_EQ(features.view()(1, 1), 4) << content;
  }
  const Dataset quoted = read("1,\"a, b\"\n2,\"c\"\n", {{"label", "last"}});
  EXPECT_EQ(quoted.spec().part("label").classes, (std::vector<std::string>{"a, b", "c"}));
  EXPECT_EQ(problem("1,2\n", {{"separator", ", "}}).where, "with.separator");
}

TEST_F(CsvReaderTest, TakesAHeaderWhenToldOrWhenNothingInItIsANumber) {
  EXPECT_EQ(read("a,b\n1,2\n").rows(), 1);
  for (const char* yes : {"yes", "true"}) EXPECT_EQ(read("1,2\n1,2\n", {{"header", yes}}).rows(), 1);
  EXPECT_EQ(read("1,2\n1,2\n", {{"header", "false"}}).rows(), 2);
  EXPECT_EQ(refusal("a,b\n1,2\n", {{"header", "no"}}), ": line 1, column 1: 'a' is not a number");
  // Text in a first line of numbers is a mistake, not a header.
  EXPECT_EQ(refusal("1,x\n1,2\n"), ": line 1, column 2: 'x' is not a number");
}

TEST_F(CsvReaderTest, NamesLineAndColumnOfWhatIsNoNumber) {
  EXPECT_EQ(refusal("1,2,3\n4,nan,6\n"),
            ": line 2, column 2: 'nan' is not a finite number; 'missing: true' takes it for an unknown value");
  EXPECT_EQ(refusal("1,2,3\n4,5,-inf\n"), ": line 2, column 3: '-inf' is not a finite number");
  EXPECT_EQ(refusal("1,2\n\n3,four\n"), ": line 3, column 2: 'four' is not a number");
  EXPECT_EQ(refusal("1,2\n3,4x\n"), ": line 2, column 2: '4x' is not a number");
  EXPECT_EQ(refusal("1,2\n,4\n"),
            ": line 2, column 1: the cell is empty; 'missing: true' takes it for an unknown value");
  EXPECT_EQ(refusal("1,2\n1e60,4\n"), ": line 2, column 1: '1e60' is too large for single precision");
  EXPECT_EQ(refusal("1,2\n1e999,4\n"), ": line 2, column 1: '1e999' is too large for single precision");
  EXPECT_EQ(refusal("1,2\n3,\"4\n"), ": line 2, column 2: a quote is not closed");
  EXPECT_EQ(refusal("1,2\n3,\"4\"5\n"), ": line 2, column 2: there is text behind a closing quote");
  EXPECT_EQ(refusal("a,1\nb,2\n,3\n", {{"label", "first"}}), ": line 3, column 1: the label is empty");
  EXPECT_EQ(all_rows(read("1e-999,2\n"), "features").view()(0, 0), 0);
}

TEST_F(CsvReaderTest, NamesLinesThatAreShorterOrLongerThanTheFirst) {
  EXPECT_EQ(refusal("1,2,3\n4,5\n"), ": line 2, column 3: the line has 2 columns, the first one has 3");
  EXPECT_EQ(refusal("1,2\n3,4\n5,6,7\n", {{"label", "last"}}),
            ": line 3, column 3: the line has 3 columns, the first one has 2");
}

TEST_F(CsvReaderTest, RefusesFilesThatAreNoTables) {
  EXPECT_EQ(refusal(""), " is empty");
  EXPECT_EQ(refusal("\n\n"), " is empty");
  EXPECT_EQ(refusal("a,b\n"), " has a header, but no rows");
  EXPECT_NE(refusal(std::string("1,2\n\0\0", 6)).find("is not a text file"), std::string::npos);
  const std::string whole = gzip("1,2\n3,4\n");
  EXPECT_NE(refusal(whole.substr(0, whole.size() - 4)).find("cut short"), std::string::npos);
  EXPECT_NE(refusal("1\n2\n", {{"label", "last"}}).find("has one column only"), std::string::npos);
  EXPECT_EQ(problem("1,2,3\n", {{"shape", list({2, 2})}}).where, "with.shape");
}

TEST_F(CsvReaderTest, RefusesALabelColumnThatNamesNoClasses) {
  std::string content;
  for (int i = 0; i < 2000; ++i) content += std::to_string(i) + ",1\n";
  EXPECT_NE(refusal(content, {{"label", "first"}}).find("more than 1000 different values"), std::string::npos);
}

TEST_F(CsvReaderTest, AsksForTheClassesOfLargeFilesAndReadsThemThen) {
  std::string content;
  const Index rows = 700'000;
  for (Index i = 0; i < rows; ++i) content += std::to_string(i % 10) + ",12345\n";
  EXPECT_EQ(problem(content, {{"label", "first"}}).where, "with.classes");
  Settings named{{"label", "first"}, {"classes", list({"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"})}};
  const Specs specs = specs_of<CsvReader>(settings(content, named));
  EXPECT_EQ(specs.get<Dataset>("data").rows, DataSpec::unknown);
  const Dataset data = read(content, named);
  EXPECT_EQ(data.rows(), rows);
  EXPECT_EQ(data.classes("label").at(699'999), 9);
  EXPECT_EQ(all_rows(data, "features").view()(rows - 1, 0), 12345);
}
