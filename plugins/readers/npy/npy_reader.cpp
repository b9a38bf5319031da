#include "npy_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "npy_file.hpp"

namespace harmonium {

namespace {

/// Labels are looked through for their classes before the run where they are at most so many; else 'classes' says it.
constexpr Index labels_looked_through = 1'000'000;
constexpr std::int64_t most_classes = 1'000'000;

DataSpec feature_spec(const NpyReader& node, const NpyHeader& header) {
  DataSpec spec;
  spec.rows = header.shape[0];
  PartSpec features{"features", header.size / spec.rows, {}, PartSpec::Kind::real, {}};
  features.shape = node.shape;
  if (node.shape.empty() && (header.shape.size() == 3 || header.shape.size() == 4))
    features.shape.assign(header.shape.begin() + 1, header.shape.end());
  spec.parts.push_back(std::move(features));
  return spec;
}

void add_label(DataSpec& spec, std::int64_t classes) {
  PartSpec label{"label", classes, {}, PartSpec::Kind::category, {}};
  for (std::int64_t i = 0; i < classes; ++i) label.classes.push_back(std::to_string(i));
  spec.parts.push_back(std::move(label));
}

NpyHeader open_labels(const NpyReader& node, Index rows) {
  const std::string& path = node.labels.path;
  NpyHeader header = open_npy(path);
  if (header.type[1] == 'f')
    throw BadData(fmt::format("{}: labels are whole numbers; save labels.astype('int64')", path));
  if (header.size != header.shape[0])
    throw BadData(fmt::format("{}: labels are one number a row, not {}", path, fmt::join(header.shape, " x ")));
  if (header.size != rows)
    throw BadData(fmt::format("{} has {} labels for the {} rows of {}", path, header.size, rows, node.path.path));
  return header;
}

/// The class of each row; `classes` 0 is replaced by one more than the highest.
Tensor read_labels(const NpyReader& node, const NpyHeader& header, std::int64_t& classes) {
  Tensor values = Tensor::matrix(header.size, 1);
  const bool direct = mappable(header);
  if (direct)
    values = map_npy(node.labels.path, header, header.size);
  else
    convert_npy(node.labels.path, header, values);
  const std::int64_t bound = classes ? classes : most_classes;
  std::int64_t highest = 0;
  Tensor numbers = Tensor::of<std::int32_t>({header.size});
  for (Index i = 0; i < header.size; ++i) {
    std::int64_t value = 0;
    switch (values.element()) {
      case Element::uint8:
        value = values.data<std::uint8_t>()[i];
        break;
      case Element::int32:
        value = values.data<std::int32_t>()[i];
        break;
      case Element::int64:
        value = values.data<std::int64_t>()[i];
        break;
      case Element::uint64:
        value = static_cast<std::int64_t>(std::min<std::uint64_t>(values.data<std::uint64_t>()[i], most_classes));
        break;
      default:
        value = static_cast<std::int64_t>(values.data<float>()[i]);
    }
    if (value < 0 || value >= bound)
      throw BadData(fmt::format("{}: the label of row {} is {}; labels are numbers from 0 to {}", node.labels.path,
                                i + 1, value, bound - 1));
    highest = std::max(highest, value);
    numbers.data<std::int32_t>()[i] = static_cast<std::int32_t>(value);
  }
  if (!classes) classes = std::max<std::int64_t>(highest + 1, 2);
  return numbers;
}

}  // namespace

void NpyReader::State::visit(Visitor& visitor) {
  visitor("mapped", mapped);
  if (!mapped) visitor("features", *features);
  visitor("labels", *labels);
  visitor("classes", classes);
}

void NpyReader::describe(NodeType<NpyReader>& type) {
  type.says("Rows, and labels beside them, from NumPy array files (.npy, versions 1.0 to 3.0).");
  type.parameter("path", &NpyReader::path)
      .required()
      .says("The array: rows x values, or rows x the image's two or three dimensions.");
  type.parameter("labels", &NpyReader::labels).says("An array of one whole number a row, from 0.");
  type.parameter("shape", &NpyReader::shape)
      .says("The image shape of a row: [rows, columns] or [channels, rows, columns].");
  type.parameter("classes", &NpyReader::classes)
      .at_least(0)
      .at_most(static_cast<double>(most_classes))
      .says("How many classes the labels number; 0 finds it, where labels are at most a million.");
  type.parameter("missing", &NpyReader::missing)
      .says(
          "Whether values may be unknown: nan. Nodes that need rows whole refuse them where they meet one; "
          "ask.complete "
          "fills them in.");
  type.output<Dataset>("data", "Parts 'features' (values as in the file) and, with labels, 'label' (one of K).");
}

void NpyReader::outputs(const Specs&, Specs& out) const {
  DataSpec spec = feature_spec(*this, open_npy(path.path));
  Index product = 1;
  for (const std::int64_t extent : shape)
    if (__builtin_mul_overflow(product, extent, &product)) product = -1;
  if (!shape.empty() && product != spec.parts[0].width)
    out.problem("with.shape", fmt::format("a shape of {} has {} values, but a row of {} has {}",
                                          fmt::join(shape, " x "), product, path.path, spec.parts[0].width));
  if (!labels.path.empty()) {
    const NpyHeader header = open_labels(*this, spec.rows);
    std::int64_t count = classes;
    if (!count && header.size > labels_looked_through) {
      out.problem("with.classes", fmt::format("{} labels are too many to be looked through before the run; say how "
                                              "many classes there are",
                                              header.size));
      return;
    }
    if (!count) read_labels(*this, header, count);
    add_label(spec, count);
  }
  out.set<Dataset>("data", std::move(spec));
}

NpyReader::State NpyReader::start(const Inputs&, Context& context) const {
  State state;
  const NpyHeader header = open_npy(path.path);
  const Index rows = header.shape[0];
  state.mapped = mappable(header);
  if (state.mapped) {
    check_finite(map_npy(path.path, header, rows), path.path, missing);
  } else {
    const Tensor::Shape extents{rows, header.size / rows};
    *state.features = context.on_disk("features", Element::float32, extents);
    convert_npy(path.path, header, *state.features);
    check_finite(*state.features, path.path, missing);
  }
  state.classes = classes;
  *state.labels =
      labels.path.empty() ? Tensor::of<std::int32_t>({0}) : read_labels(*this, open_labels(*this, rows), state.classes);
  return state;
}

void NpyReader::finish(State& state, const Inputs&, Outputs& out) const {
  const NpyHeader header = open_npy(path.path);
  DataSpec spec = feature_spec(*this, header);
  std::vector<std::shared_ptr<const Tensor>> parts;
  if (state.mapped)
    parts.push_back(std::make_shared<const Tensor>(map_npy(path.path, header, spec.rows)));
  else
    parts.push_back(state.features);
  if (!labels.path.empty()) {
    add_label(spec, state.classes);
    parts.push_back(state.labels);
  }
  out.set("data", stored_rows(std::move(spec), std::move(parts)));
}

}  // namespace harmonium
