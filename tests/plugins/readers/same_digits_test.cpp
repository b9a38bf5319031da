#include <gtest/gtest.h>

#include <cstring>

#include "csv/csv_reader.hpp"
#include "fake_kernel.hpp"
#include "gzip.hpp"
#include "harmonium/npy.hpp"
#include "idx/idx_reader.hpp"
#include "idx_content.hpp"
#include "npy/npy_reader.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

template <class Reader>
Dataset read(const Settings& settings) {
  return get<Dataset>(run_node<Reader>(settings, FakeInputs()), "data");
}

std::string as_bytes(const Tensor& values) {
  std::string bytes(static_cast<std::size_t>(values.size()), '\0');
  for (Index i = 0; i < values.size(); ++i)
    bytes[static_cast<std::size_t>(i)] = static_cast<char>(values.data<float>()[i]);
  return bytes;
}

void expect_same(const Dataset& a, const Dataset& b) {
  ASSERT_EQ(a.rows(), b.rows());
  EXPECT_EQ(a.spec().part("features").shape, b.spec().part("features").shape);
  EXPECT_EQ(a.spec().part("label").classes, b.spec().part("label").classes);
  const Tensor x = all_rows(a, "features"), y = all_rows(b, "features");
  EXPECT_EQ(std::memcmp(x.raw(), y.raw(), static_cast<std::size_t>(x.bytes())), 0);
  EXPECT_EQ(a.classes("label"), b.classes("label"));
}

}  // namespace

TEST(Readers, GiveTheSameDigitsFromEveryFormat) {
  const TemporaryFolder folder;
  const Dataset csv = read<CsvReader>({{"path", DIGITS}, {"label", "last"}, {"shape", list({8, 8})}});
  ASSERT_EQ(csv.rows(), 1797);
  const Tensor features = all_rows(csv, "features");
  const std::string pixels = as_bytes(features);
  std::string labels;
  for (const Index label : csv.classes("label")) labels += static_cast<char>(label);

  const std::string idx_labels = folder.write("labels.idx", idx_content(idx_uint8, {1797}, labels));
  const std::string idx_images = idx_content(idx_uint8, {1797, 8, 8}, pixels);
  for (const std::string& content : {idx_images, gzip(idx_images)})
    expect_same(csv, read<IdxReader>({{"images", folder.write("images.idx", content)}, {"labels", idx_labels}}));

  const std::string npy_labels = folder.write("labels.npy", write_npy_header(Element::uint8, {1797}) + labels);
  std::string reals = write_npy_header(Element::float32, {1797, 8, 8});
  reals.append(static_cast<const char*>(features.raw()), static_cast<std::size_t>(features.bytes()));
  for (const std::string& content : {reals, write_npy_header(Element::uint8, {1797, 8, 8}) + pixels})
    expect_same(csv, read<NpyReader>({{"path", folder.write("images.npy", content)}, {"labels", npy_labels}}));
}
