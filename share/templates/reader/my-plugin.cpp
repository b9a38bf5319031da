#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "harmonium/errors.hpp"
#include "harmonium/input_file.hpp"
#include "harmonium/plugin.hpp"
#include "harmonium/stored_rows.hpp"

namespace {

using namespace harmonium;

/// Sparse rows as SVMlight and LIBSVM write them, a line a row:
///   LABEL INDEX:VALUE INDEX:VALUE ... # comment
/// Indices count from 1 and rise; values that are not written are 0. Joachims 1999; Chang, Lin 2011.
struct Svmlight {
  // The defaults of the parameters live here and nowhere else.
  FilePath path;
  Index width = 0;
  std::vector<std::string> classes;

  static void describe(NodeType<Svmlight>& type) {
    type.says("Sparse rows as SVMlight and LIBSVM write them, plain or gzip.")
        .cites("Joachims 1999; Chang, Lin 2011")
        .output<Dataset>("data", "Parts 'features' and, where classes are named, 'label' (one of K).");
    // The kernel resolves the path against the pipeline file; what enters the store's key is the file's content.
    type.parameter("path", &Svmlight::path).required().says("The file.");
    type.parameter("width", &Svmlight::width)
        .required()
        .example("4")
        .at_least(1)
        .at_most(1e6)
        .unit("values")
        .says("Values of a row: the highest index there can be.");
    type.parameter("classes", &Svmlight::classes)
        .says("The labels that there are, as they are written, in their order; without them labels are passed over.");
  }

  /// Before any work, and without reading the file: what the rows will be.
  void outputs(const Specs&, Specs& out) const { out.set<Dataset>("data", spec(DataSpec::unknown)); }

  /// What is stored, so that a large file is parsed once.
  struct State {
    std::shared_ptr<Tensor> features = std::make_shared<Tensor>(), labels = std::make_shared<Tensor>();
    void visit(Visitor& visitor) {
      visitor("features", *features);
      visitor("labels", *labels);
    }
  };

  State start(const Inputs&, Context&) const {
    std::istringstream text(content());
    std::vector<float> values;
    std::vector<std::int32_t> labels;
    Index number = 0;
    for (std::string line; std::getline(text, line);) {
      const std::string where = path.path + ": line " + std::to_string(++number) + ": ";
      std::istringstream words(line.substr(0, line.find('#')));
      std::string word;
      if (!(words >> word)) continue;
      if (!classes.empty()) labels.push_back(class_of(word, where));
      const std::size_t row = values.size();
      values.resize(row + static_cast<std::size_t>(width), 0.0F);
      for (Index last = 0; words >> word;) {
        const auto colon = word.find(':');
        if (colon == std::string::npos) throw BadData(where + "'" + word + "' is no INDEX:VALUE");
        const auto index = number_in<Index>(word.substr(0, colon), where);
        if (index <= last || index > width)
          throw BadData(where + "the index after " + std::to_string(last) + " is " + std::to_string(index) +
                        "; indices rise, up to " + std::to_string(width));
        values[row + static_cast<std::size_t>(index - 1)] = number_in<float>(word.substr(colon + 1), where);
        last = index;
      }
    }
    if (values.empty()) throw BadData(path.path + " has no rows");
    State state;
    *state.features = Tensor::matrix(static_cast<Index>(values.size()) / width, width);
    std::copy(values.begin(), values.end(), state.features->data<float>());
    *state.labels = Tensor::of<std::int32_t>({static_cast<Index>(labels.size())});
    std::copy(labels.begin(), labels.end(), state.labels->data<std::int32_t>());
    return state;
  }

  /// From what is stored: cheap, for it is called whenever the rows are used.
  void finish(State& state, const Inputs&, Outputs& out) const {
    std::vector<std::shared_ptr<const Tensor>> parts{state.features};
    if (!classes.empty()) parts.push_back(state.labels);
    out.set("data", stored_rows(spec(state.features->rows()), parts));
  }

 private:
  DataSpec spec(Index rows) const {
    DataSpec spec{rows, {{"features", width, {}, PartSpec::Kind::real, {}}}};
    if (!classes.empty())
      spec.parts.push_back({"label", static_cast<Index>(classes.size()), {}, PartSpec::Kind::category, classes});
    return spec;
  }

  /// The whole file, decompressed where it is compressed.
  std::string content() const {
    InputFile file(path.path);
    std::string text;
    char block[1 << 16];
    for (Index got = 0; (got = file.read(block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(got));
    return text;
  }

  std::int32_t class_of(const std::string& label, const std::string& where) const {
    const auto found = std::find(classes.begin(), classes.end(), label);
    if (found == classes.end()) throw BadData(where + "the label '" + label + "' is none of the classes");
    return static_cast<std::int32_t>(found - classes.begin());
  }

  template <class T>
  static T number_in(std::string_view word, const std::string& where) {
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc() || end != word.data() + word.size())
      throw BadData(where + "'" + std::string(word) + "' is no number");
    return value;
  }
};

}  // namespace

// Names are promises: one that is registered changes only when its results change.
HARMONIUM_PLUGIN(registrar) { registrar.node<Svmlight>("my-plugin.svmlight"); }
