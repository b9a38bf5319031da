#include <gtest/gtest.h>

#include "csv/columns_reader.hpp"
#include "fake_kernel.hpp"
#include "harmonium/missing.hpp"
#include "temporary_folder.hpp"

/// reader.columns: tables whose columns are of several kinds.
using namespace harmonium;
using namespace harmonium::testing;

namespace {

const char* const people =
    "age,smoker,city,visits,income,job,name\n"
    "31,no,Rome,0,2.5,cook,Ann\n"
    "24,yes,Lund,3,1e1,smith,Bob\n"
    "57,no,Lund,12,-4,cook,Cid\n";

Handle<ColumnClasses> listed(const std::string& column, const std::vector<std::string>& classes) {
  auto value = std::make_shared<ColumnClasses>();
  value->column = column;
  value->classes = classes;
  return {value, "columns.classes", "{}"};
}

class ColumnsReaderTest : public ::testing::Test {
 protected:
  ColumnsReader node(const std::string& content) {
    path_ = folder_.write("people.csv", content);
    ColumnsReader reader;
    reader.path.path = path_;
    return reader;
  }
  static ColumnsReader of_people(ColumnsReader reader) {
    reader.real = {"age", "income"};
    reader.binary = {"smoker"};
    reader.category = {"job", "city"};
    reader.count = {"visits"};
    return reader;
  }
  static Specs specs(const ColumnsReader& reader) {
    Specs out;
    reader.outputs({}, out);
    return out;
  }
  /// By way of a saved state.
  static Dataset read(const ColumnsReader& reader) {
    FakeContext context;
    ColumnsReader::State state = reader.start(FakeInputs(), context), again;
    SavedState saved = save(state);
    load(saved, again);
    Outputs out;
    reader.finish(again, FakeInputs(), out);
    return get<Dataset>(out, "data");
  }
  /// What checking, and then reading, says; without the path.
  std::string refusal(const ColumnsReader& reader) const {
    std::string message = message_of([&] {
      const Specs out = specs(reader);
      for (const auto& problem : out.problems()) throw BadPipeline(problem.message, problem.where);
      read(reader);
    });
    if (message.starts_with(path_)) message.erase(0, path_.size());
    return message;
  }
  static std::string place_of(const ColumnsReader& reader) {
    try {
      specs(reader);
    } catch (const BadPipeline& error) {
      return error.where();
    }
    return "";
  }

  TemporaryFolder folder_;
  std::string path_;
};

using Names = std::vector<std::string>;

}  // namespace

TEST_F(ColumnsReaderTest, MakesAPartOfEveryKindAndOfEveryCategory) {
  const ColumnsReader reader = of_people(node(people));
  const DataSpec before = specs(reader).get<Dataset>("data");
  const Dataset data = read(reader);
  for (const DataSpec& spec : {before, data.spec()}) {
    EXPECT_EQ(spec.rows, 3);
    Names names;
    for (const PartSpec& part : spec.parts) names.push_back(part.name);
    EXPECT_EQ(names, Names({"real", "binary", "count", "job", "city"}));
    EXPECT_EQ(spec.part("real").kind, PartSpec::Kind::real);
    EXPECT_EQ(spec.part("real").width, 2);
    EXPECT_EQ(spec.part("real").columns, Names({"age", "income"}));
    EXPECT_EQ(spec.part("binary").kind, PartSpec::Kind::binary);
    EXPECT_EQ(spec.part("count").kind, PartSpec::Kind::count);
    EXPECT_EQ(spec.part("count").columns, Names({"visits"}));
    EXPECT_EQ(spec.part("city").kind, PartSpec::Kind::category);
    EXPECT_EQ(spec.part("city").classes, Names({"Lund", "Rome"}));
    EXPECT_EQ(spec.part("city").width, 2);
  }
}

TEST_F(ColumnsReaderTest, ReadsTheValuesOfColumnsByTheirNames) {
  const Dataset data = read(of_people(node(people)));
  const Tensor real = all_rows(data, "real");
  EXPECT_EQ(real.view()(0, 0), 31);
  EXPECT_EQ(real.view()(1, 1), 10);
  EXPECT_EQ(real.view()(2, 1), -4);
  const Tensor smoker = all_rows(data, "binary");
  EXPECT_EQ(smoker.view()(0, 0), 0);
  EXPECT_EQ(smoker.view()(1, 0), 1);
  EXPECT_EQ(all_rows(data, "count").view()(2, 0), 12);
  EXPECT_EQ(data.classes("city"), (std::vector<Index>{1, 0, 0}));
  const Tensor job = all_rows(data, "job");
  EXPECT_EQ(job.view()(1, 0), 0);
  EXPECT_EQ(job.view()(1, 1), 1);
}

TEST_F(ColumnsReaderTest, KeepsTheOrderOfClassesThatAreListed) {
  ColumnsReader reader = of_people(node(people));
  reader.classes = {listed("city", {"Rome", "Oslo", "Lund"}), listed("smoker", {"yes", "no"})};
  const Dataset data = read(reader);
  EXPECT_EQ(data.classes("city"), (std::vector<Index>{0, 2, 2}));
  EXPECT_EQ(data.spec().part("city").width, 3);
  EXPECT_EQ(all_rows(data, "binary").view()(0, 0), 1);
  reader.classes = {listed("city", {"Rome", "Oslo"})};
  EXPECT_EQ(refusal(reader), ": line 3, column 3: 'Lund' is none of the classes of column 'city'");
  reader.classes = {listed("smoker", {"no", "never"})};
  EXPECT_EQ(refusal(reader), ": line 3, column 2: 'yes' is none of the two values of column 'smoker'");
  reader.classes = {listed("smoker", {"no", "yes", "never"})};
  EXPECT_EQ(refusal(reader), "binary column 'smoker' has 2 values, not 3");
  reader.classes = {listed("age", {"1"})};
  EXPECT_EQ(refusal(reader), "'age' is no binary or categorical column here");
  EXPECT_EQ(place_of(reader), "with.classes.1");
}

TEST_F(ColumnsReaderTest, TakesZeroAndOneForWhatTheyMean) {
  ColumnsReader reader = node("a,b\n1,0\n1.0,0\n");
  reader.binary = {"a", "b"};
  const Tensor values = all_rows(read(reader), "binary");
  EXPECT_EQ(values.view()(0, 0), 1);
  EXPECT_EQ(values.view()(1, 0), 1);
  EXPECT_EQ(values.view()(0, 1), 0);
}

TEST_F(ColumnsReaderTest, NamesRowColumnAndValueOfWhatDoesNotFitItsKind) {
  ColumnsReader reader = node("age,smoker,visits\n31,no,0\n24,yes,1\n57,perhaps,2\n");
  reader.binary = {"smoker"};
  EXPECT_EQ(refusal(reader),
            ": line 4, column 2: 'perhaps' is a third value of the binary column 'smoker', beside 'no' and 'yes'");
  reader = node("age,visits\n31,0\n24,2.5\n");
  reader.count = {"visits"};
  EXPECT_EQ(refusal(reader), ": line 3, column 2: '2.5' in column 'visits' is no count");
  reader = node("age,visits\n31,0\n24,-2\n");
  reader.count = {"visits"};
  EXPECT_EQ(refusal(reader), ": line 3, column 2: '-2' in column 'visits' is no count");
  reader = node("age,city\n31,Rome\nold,Lund\n");
  reader.real = {"age"};
  EXPECT_EQ(refusal(reader), ": line 3, column 1: 'old' is not a number");
  reader = node("age,city\n31,Rome\n20\n");
  reader.category = {"city"};
  EXPECT_EQ(refusal(reader), ": line 3, column 2: the line has 1 column, the first one has 2");
  reader = node("age,city\n31,\n");
  reader.category = {"city"};
  EXPECT_EQ(refusal(reader), ": line 2, column 2: the cell is empty; 'missing: true' takes it for an unknown value");
  reader = node("age,city\n31,Rome\n20,?\n");
  reader.category = {"city"};
  EXPECT_EQ(refusal(reader),
            ": line 3, column 2: '?' names no class; 'missing: true' takes it for an unknown value, "
            "'classes' for one");
}

TEST_F(ColumnsReaderTest, TakesCellsThatSayNothingForUnknownValuesWhereTheyMayBe) {
  ColumnsReader reader = of_people(node("age,smoker,city,visits,income,job\n31,?,Rome,0,,cook\n,yes,,nan,1,?\n"));
  reader.missing = true;
  EXPECT_EQ(refusal(reader),
            ": the binary column 'smoker' has the one value 'yes'; list the values under 'classes' to say which is 1");
  reader.classes = {listed("smoker", {"no", "yes"})};
  const Dataset data = read(reader);
  EXPECT_EQ(data.spec().part("city").classes, Names({"Rome"}));
  EXPECT_EQ(data.spec().part("job").classes, Names({"cook"}));
  const auto known = [&](const char* part, Index row) {
    Tensor values = Tensor::matrix(2, data.spec().part(part).width);
    read_with_missing(data, data.part(part), 0, 2, values.view());
    std::string all;
    for (const float value : values.view().row(row)) all += value == value ? '1' : '0';
    return all;
  };
  EXPECT_EQ(known("real", 0) + known("binary", 0) + known("count", 0) + known("city", 0) + known("job", 0), "100111");
  EXPECT_EQ(known("real", 1) + known("binary", 1) + known("count", 1) + known("city", 1) + known("job", 1), "011000");
}

TEST_F(ColumnsReaderTest, NamesTheParameterThatNamesNoColumn) {
  ColumnsReader reader = of_people(node(people));
  reader.real = {"age", "wage"};
  EXPECT_NE(refusal(reader).find(" has no column 'wage'; its columns are age, smoker, city, visits, income, job, name"),
            std::string::npos);
  EXPECT_EQ(place_of(reader), "with.real.2");
  reader = of_people(node(people));
  reader.count = {"age"};
  EXPECT_EQ(refusal(reader), "column 'age' is named twice");
  EXPECT_EQ(place_of(reader), "with.count.1");
  reader = node("real,b\nx,1\n");
  reader.category = {"real"};
  EXPECT_EQ(refusal(reader), "a categorical column is a part of its own, which cannot be called 'real'");
  EXPECT_EQ(refusal(node(people)), "no column is named: real, binary, count or category");
  reader = node("a,a\n1,2\n");
  reader.real = {"a"};
  EXPECT_NE(refusal(reader).find("has several columns 'a'"), std::string::npos);
}

TEST_F(ColumnsReaderTest, NumbersColumnsThatHaveNoNames) {
  ColumnsReader reader = node("1,x,3\n4,y,6\n");
  reader.real = {"3", "1"};
  reader.category = {"2"};
  const Dataset data = read(reader);
  EXPECT_EQ(all_rows(data, "real").view()(1, 0), 6);
  EXPECT_EQ(all_rows(data, "real").view()(1, 1), 4);
  EXPECT_EQ(data.spec().part("2").classes, Names({"x", "y"}));
  // Names that are numbers are names where the file is said to have them.
  reader = node("2019,2020\n1,2\n");
  reader.header = "true";
  reader.real = {"2020"};
  EXPECT_EQ(all_rows(read(reader), "real").view()(0, 0), 2);
}
