#include <algorithm>
#include <fstream>
#include <string>

#include "harmonium/errors.hpp"
#include "harmonium/file.hpp"
#include "harmonium/table.hpp"
#include "toy.hpp"

namespace toy {

using namespace harmonium;

namespace {

Table one_column(const std::string& title, const std::string& rows_are) {
  Table table;
  table.title = title;
  table.rows_are = rows_are;
  table.columns = {"value"};
  table.units = {""};
  return table;
}

struct Numbers {
  int count = 3;
  double from = 0;
  std::string order = "up";

  static void describe(NodeType<Numbers>& type) {
    type.says("Numbers that follow each other.").cites("Peano 1889").output<Table>("numbers", "One a row.");
    type.parameter("count", &Numbers::count).unit("numbers").at_least(1).at_most(1000).says("How many.");
    type.parameter("from", &Numbers::from).says("The first.");
    type.parameter("order", &Numbers::order).one_of({"up", "down"}).says("Which way they go.");
  }
  Outputs run(const Inputs&, Context&) const {
    Table table = one_column("numbers", "number");
    for (int i = 0; i < count; ++i) table.rows.push_back({std::to_string(i), {order == "up" ? from + i : from - i}});
    Outputs outputs;
    outputs.set("numbers", std::move(table));
    return outputs;
  }
};

struct Add {
  double scale = 1;

  static void describe(NodeType<Add>& type) {
    type.says("The sum of all numbers in some tables.")
        .list_input<Table>("terms", "What is added.")
        .optional_input<Table>("offset", "Added once, not scaled.")
        .output<Table>("sum", "A table of one number.");
    type.parameter("scale", &Add::scale).above(0).says("Multiplies the sum.");
  }
  Outputs run(const Inputs& inputs, Context&) const {
    double sum = 0;
    for (Index i = 0; i < inputs.count("terms"); ++i) sum += sum_of(inputs.get<Table>("terms", i));
    sum *= scale;
    if (inputs.has("offset")) sum += sum_of(inputs.get<Table>("offset"));
    Table table = one_column("sum", "");
    table.rows.push_back({"", {sum}});
    Outputs outputs;
    outputs.set("sum", std::move(table));
    return outputs;
  }
  static double sum_of(const Table& table) {
    double sum = 0;
    for (const auto& row : table.rows)
      for (double value : row.values) sum += value;
    return sum;
  }
};

struct Draw {
  int count = 2;

  static void describe(NodeType<Draw>& type) {
    type.says("Random whole numbers below a million.").output<Table>("numbers", "One a row.").random();
    type.parameter("count", &Draw::count).at_least(1).says("How many.");
  }
  Outputs run(const Inputs&, Context& context) const {
    const Stream stream = context.stream("draw");
    Table table = one_column("draws", "draw");
    for (int i = 0; i < count; ++i) {
      const auto step = static_cast<std::uint64_t>(i);
      table.rows.push_back({std::to_string(i), {static_cast<double>(uniform_integer(stream.at(step), 1000000))}});
    }
    Outputs outputs;
    outputs.set("numbers", std::move(table));
    return outputs;
  }
};

struct FileSize {
  FilePath path;

  static void describe(NodeType<FileSize>& type) {
    type.says("The size of a file.").output<Table>("size", "Bytes.");
    type.parameter("path", &FileSize::path).required().says("The file.");
  }
  Outputs run(const Inputs&, Context&) const {
    std::ifstream file(path.path, std::ios::binary | std::ios::ate);
    if (!file) throw BadData("cannot read " + path.path);
    Table table = one_column("size", "");
    table.units = {"bytes"};
    table.rows.push_back({"", {static_cast<double>(file.tellg())}});
    Outputs outputs;
    outputs.set("size", std::move(table));
    return outputs;
  }
};

struct Picture {
  std::string text = "not a picture";

  static void describe(NodeType<Picture>& type) {
    type.says("A file for the run's folder.")
        .optional_input<Table>("of", "Not looked at.")
        .output<File>("file", "Text.");
    type.parameter("text", &Picture::text).says("Its content.");
  }
  Outputs run(const Inputs&, Context&) const {
    File file;
    file.extension = "txt";
    file.bytes = Tensor(Element::uint8, {static_cast<Index>(text.size())});
    std::copy(text.begin(), text.end(), file.bytes.data<std::uint8_t>());
    Outputs outputs;
    outputs.set("file", std::move(file));
    return outputs;
  }
};

struct Fail {
  std::string how = "run";

  static void describe(NodeType<Fail>& type) {
    type.says("Work that fails.").optional_input<Table>("in", "Not looked at.").output<Table>("nothing", "Never made.");
    type.parameter("how", &Fail::how).one_of({"run", "data", "other"}).says("What is thrown.");
  }
  Outputs run(const Inputs&, Context&) const {
    if (how == "data") throw BadData("the data are bad on purpose");
    if (how == "other") throw std::logic_error("a mistake on purpose");
    throw RunFailed("failed on purpose");
  }
};

}  // namespace

void register_tables(Registrar& registrar) {
  registrar.node<Numbers>("toy.numbers");
  registrar.node<Add>("toy.add");
  registrar.node<Draw>("toy.draw");
  registrar.node<FileSize>("toy.file-size");
  registrar.node<Picture>("toy.picture");
  registrar.node<Fail>("toy.fail");
}

}  // namespace toy
