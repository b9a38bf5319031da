#include "harmonium/npy.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "fake_kernel.hpp"
#include "npy/npy_reader.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

template <class T>
std::string npy(const Tensor::Shape& shape, const std::vector<T>& values) {
  std::string content = write_npy_header(element_of<T>(), shape);
  const std::size_t header = content.size();
  content.resize(header + values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(content.data() + header, values.data(), values.size() * sizeof(T));
  return content;
}

Dataset read(const Settings& settings) { return get<Dataset>(run_node<NpyReader>(settings, FakeInputs()), "data"); }

/// What checking, and then reading, says.
std::string refusal(const Settings& settings) {
  return message_of([&] {
    specs_of<NpyReader>(settings);
    read(settings);
  });
}

}  // namespace

TEST(NpyReader, CarriesImageShapeAndLabelsAlong) {
  const TemporaryFolder folder;
  const Settings settings{{"path", folder.write("x", npy<float>({2, 1, 3}, {1, 2, 3, 4, 5, 6}))},
                          {"labels", folder.write("y", npy<std::int64_t>({2}, {3, 1}))}};
  const Specs specs = specs_of<NpyReader>(settings);
  const auto& spec = specs.get<Dataset>("data");
  EXPECT_EQ(spec.rows, 2);
  EXPECT_EQ(spec.part("features").shape, (Tensor::Shape{1, 3}));
  EXPECT_EQ(spec.part("label").width, 4);
  const Dataset data = read(settings);
  EXPECT_EQ(all_rows(data, "features").view()(1, 2), 6);
  EXPECT_EQ(data.classes("label"), (std::vector<Index>{3, 1}));
}

TEST(NpyReader, ReadsEveryPlainType) {
  const TemporaryFolder folder;
  const auto second = [&](const std::string& content) {
    return all_rows(read({{"path", folder.write("x", content)}}), "features").view()(1, 0);
  };
  EXPECT_EQ(second(npy<float>({2}, {0, 2.5F})), 2.5F);
  EXPECT_EQ(second(npy<double>({2}, {0, 2.5})), 2.5F);
  EXPECT_EQ(second(npy<std::uint8_t>({2}, {0, 200})), 200);
  EXPECT_EQ(second(npy<std::int32_t>({2}, {0, -200})), -200);
  EXPECT_EQ(second(npy<std::int64_t>({2}, {0, -200})), -200);
  std::string bytes = npy<std::uint8_t>({2}, {0, 0xff});
  bytes[bytes.find("|u1") + 1] = 'i';
  EXPECT_EQ(second(bytes), -1);
}

TEST(NpyReader, ReadsValuesThatLieAtOddPlaces) {
  // Nothing makes a writer align the values; reading them where they lie would be undefined.
  const TemporaryFolder folder;
  std::string content = npy<float>({2}, {1.5F, 2.5F});
  content.insert(content.begin() + static_cast<std::ptrdiff_t>(content.find('}')) + 1, ' ');
  content[8] = static_cast<char>(content[8] + 1);
  EXPECT_EQ(all_rows(read({{"path", folder.write("x", content)}}), "features").view()(1, 0), 2.5F);
}

TEST(NpyReader, RefusesCountsThatDoNotFitTheFile) {
  const TemporaryFolder folder;
  const std::string content = npy<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const std::string cut = folder.write("cut", content.substr(0, content.size() - 5));
  EXPECT_EQ(refusal({{"path", cut}}),
            cut + ": the header claims 2 x 3 values of type <f4, 152 bytes in all, but the file has 147 bytes");
  EXPECT_NE(refusal({{"path", folder.write("long", content + "x")}}).find("but the file has 153 bytes"),
            std::string::npos);
  EXPECT_NE(refusal({{"path", folder.write("none", npy<float>({0, 3}, {}))}}).find("holds no rows"), std::string::npos);
  EXPECT_NE(refusal({{"path", folder.write("empty", "")}}).find("is not a NumPy array file"), std::string::npos);
}

TEST(NpyReader, RefusesValuesThatAreNotFinite) {
  const TemporaryFolder folder;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string path = folder.write("x", npy<float>({2, 2}, {1, 2, 3, nan}));
  EXPECT_EQ(refusal({{"path", path}}),
            path + ": row 2, column 2: 'nan' is not a finite number; 'missing: true' takes it for an unknown value");
  const std::string large = folder.write("y", npy<double>({1, 2}, {1e39, 0}));
  EXPECT_EQ(refusal({{"path", large}}),
            large + ": row 1, column 1: '1e+39' is not a finite number in single precision");
}

TEST(NpyReader, RefusesLabelsThatCannotBe) {
  const TemporaryFolder folder;
  const std::string path = folder.write("x", npy<float>({2}, {1, 2}));
  const auto with_labels = [&](const std::string& content, int classes) {
    return refusal({{"path", path}, {"labels", folder.write("y", content)}, {"classes", classes}});
  };
  EXPECT_NE(with_labels(npy<std::int64_t>({3}, {0, 1, 1}), 0).find("has 3 labels for the 2 rows"), std::string::npos);
  EXPECT_NE(with_labels(npy<float>({2}, {0, 1}), 0).find("labels are whole numbers; save labels.astype('int64')"),
            std::string::npos);
  EXPECT_NE(with_labels(npy<std::int32_t>({2}, {0, -1}), 0).find("the label of row 2 is -1"), std::string::npos);
  EXPECT_NE(with_labels(npy<std::int32_t>({2}, {0, 5}), 5).find("labels are numbers from 0 to 4"), std::string::npos);
  EXPECT_NE(with_labels(npy<std::uint64_t>({2}, {0, ~std::uint64_t{0}}), 0).find("the label of row 2"),
            std::string::npos);
  const Specs specs = specs_of<NpyReader>({{"path", path}, {"shape", list({2, 2})}});
  EXPECT_EQ(specs.problems().at(0).where, "with.shape");
}
