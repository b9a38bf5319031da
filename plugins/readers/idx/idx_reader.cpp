#include "idx_reader.hpp"

#include <fmt/format.h>

#include "harmonium/errors.hpp"
#include "harmonium/stored_rows.hpp"
#include "idx_file.hpp"

namespace harmonium {

namespace {

bool whole_numbers(IdxHeader::Type type) {
  return type != IdxHeader::Type::float32 && type != IdxHeader::Type::float64;
}

DataSpec spec_from_headers(const IdxReader& node) {
  InputFile images(node.images.path);
  const IdxHeader header = read_idx_header(images);
  DataSpec spec;
  spec.rows = header.rows();
  Tensor::Shape shape;
  if (header.shape.size() == 3 || header.shape.size() == 4) shape.assign(header.shape.begin() + 1, header.shape.end());
  spec.parts.push_back({"features", header.width(), std::move(shape), PartSpec::Kind::real, {}});
  if (node.labels.path.empty()) return spec;

  InputFile labels(node.labels.path);
  const IdxHeader label_header = read_idx_header(labels);
  if (label_header.shape.size() != 1 || !whole_numbers(label_header.type))
    throw BadData(fmt::format("{} has no labels: they are one whole number a row", node.labels.path));
  if (label_header.rows() != spec.rows)
    throw BadData(fmt::format("{} has {} labels for the {} rows of {}", node.labels.path, label_header.rows(),
                              spec.rows, node.images.path));
  PartSpec label{"label", node.classes, {}, PartSpec::Kind::category, {}};
  for (std::int64_t i = 0; i < node.classes; ++i) label.classes.push_back(std::to_string(i));
  spec.parts.push_back(std::move(label));
  return spec;
}

Tensor read_labels(const IdxReader& node) {
  InputFile file(node.labels.path);
  const IdxHeader header = read_idx_header(file);
  Tensor values(header.type == IdxHeader::Type::uint8 ? Element::uint8 : Element::float32, {header.rows()});
  read_idx_values(
      file, header, values, [](void*, Index) {}, nullptr);

  Tensor classes = Tensor::of<std::int32_t>({header.rows()});
  for (Index i = 0; i < header.rows(); ++i) {
    const double value = values.element() == Element::uint8 ? static_cast<double>(values.data<std::uint8_t>()[i])
                                                            : static_cast<double>(values.data<float>()[i]);
    if (value < 0 || value >= static_cast<double>(node.classes))
      throw BadData(fmt::format("{}: the label of row {} is {}, but 'classes' is {}, so labels are 0 to {}",
                                node.labels.path, i + 1, value, node.classes, node.classes - 1));
    classes.data<std::int32_t>()[i] = static_cast<std::int32_t>(value);
  }
  return classes;
}

}  // namespace

void IdxReader::State::visit(Visitor& visitor) {
  visitor("mapped", mapped);
  if (!mapped) visitor("images", *images);
  visitor("labels", *labels);
}

void IdxReader::describe(NodeType<IdxReader>& type) {
  type.says("Images, and the labels beside them, from IDX files as MNIST has them, plain or gzip.")
      .cites("LeCun, Cortes, Burges 1998");
  type.parameter("images", &IdxReader::images)
      .required()
      .says("The file of the rows; of three or four dimensions, the last two or three are the image's shape.");
  type.parameter("labels", &IdxReader::labels).says("The file of the labels: one whole number a row, from 0.");
  type.parameter("classes", &IdxReader::classes)
      .at_least(2)
      .at_most(1'000'000)
      .says("How many classes the labels number.");
  type.output<Dataset>("data", "Parts 'features' (values as in the file) and, with labels, 'label' (one of K).");
}

void IdxReader::outputs(const Specs&, Specs& out) const { out.set<Dataset>("data", spec_from_headers(*this)); }

IdxReader::State IdxReader::start(const Inputs&, Context& context) const {
  State state;
  InputFile file(images.path);
  const IdxHeader header = read_idx_header(file);
  state.mapped = !file.compressed() && header.type == IdxHeader::Type::uint8;
  if (!state.mapped) {
    const Tensor::Shape shape{header.rows(), header.width()};
    const Element element = header.type == IdxHeader::Type::uint8 ? Element::uint8 : Element::float32;
    *state.images = context.on_disk("images", element, shape);
    auto tell = [&](Index rows) {
      context.progress(static_cast<double>(rows), static_cast<double>(header.rows()), "rows");
    };
    read_idx_values(
        file, header, *state.images, [](void* closure, Index rows) { (*static_cast<decltype(tell)*>(closure))(rows); },
        &tell);
  }
  *state.labels = labels.path.empty() ? Tensor::of<std::int32_t>({0}) : read_labels(*this);
  return state;
}

void IdxReader::finish(State& state, const Inputs&, Outputs& out) const {
  DataSpec spec = spec_from_headers(*this);
  std::vector<std::shared_ptr<const Tensor>> parts;
  if (state.mapped) {
    const Index width = spec.parts[0].width;
    const Index offset = InputFile(images.path).bytes() - spec.rows * width;
    parts.push_back(
        std::make_shared<const Tensor>(map_file(images.path, offset, Element::uint8, Tensor::Shape{spec.rows, width})));
  } else {
    parts.push_back(state.images);
  }
  if (!labels.path.empty()) parts.push_back(state.labels);
  out.set("data", stored_rows(std::move(spec), std::move(parts)));
}

}  // namespace harmonium
