#include <gtest/gtest.h>

#include "fake_kernel.hpp"
#include "gzip.hpp"
#include "idx/idx_reader.hpp"
#include "idx_content.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

/// Three images of 2 x 2.
const std::string three_images = idx_content(idx_uint8, {3, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, '\xff'});
const std::string three_labels = idx_content(idx_uint8, {3}, {2, 0, 9});

Dataset read(const Settings& settings) { return get<Dataset>(run_node<IdxReader>(settings, FakeInputs()), "data"); }

std::string refusal(const std::string& images) {
  return message_of([&] { specs_of<IdxReader>({{"images", images}}); });
}

}  // namespace

TEST(IdxReader, TellsShapeAndLabelsFromHeadersAlone) {
  const TemporaryFolder folder;
  const Specs specs = specs_of<IdxReader>(
      {{"images", folder.write("images", three_images)}, {"labels", folder.write("labels", gzip(three_labels))}});
  const auto& spec = specs.get<Dataset>("data");
  EXPECT_EQ(spec.rows, 3);
  EXPECT_EQ(spec.part("features").shape, (Tensor::Shape{2, 2}));
  EXPECT_EQ(spec.part("label").classes.at(9), "9");
  EXPECT_EQ(spec.part("label").kind, PartSpec::Kind::category);
}

TEST(IdxReader, GivesTheSameValuesFromPlainAndCompressedFiles) {
  const TemporaryFolder folder;
  const std::string labels = folder.write("labels", three_labels);
  for (const std::string& content : {three_images, gzip(three_images)}) {
    const Dataset data = read({{"images", folder.write("images", content)}, {"labels", labels}});
    const Tensor features = all_rows(data, "features");
    EXPECT_EQ(features.view()(0, 0), 1);
    EXPECT_EQ(features.view()(2, 3), 255);
    EXPECT_EQ(data.classes("label"), (std::vector<Index>{2, 0, 9}));
  }
}

TEST(IdxReader, ReadsOtherTypesAndWorksWithoutLabels) {
  const TemporaryFolder folder;
  const Dataset whole =
      read({{"images", folder.write("whole", idx_content(idx_int16, {2, 1}, {'\xff', '\xfe', 1, 0}))}});
  EXPECT_EQ(all_rows(whole, "features").view()(0, 0), -2);
  EXPECT_EQ(all_rows(whole, "features").view()(1, 0), 256);
  EXPECT_EQ(whole.spec().find("label"), nullptr);
  const std::string one_and_a_half{0x3f, '\xc0', 0, 0};
  const Dataset real = read({{"images", folder.write("real", gzip(idx_content(idx_float32, {1, 1}, one_and_a_half)))}});
  EXPECT_EQ(all_rows(real, "features").view()(0, 0), 1.5F);
}

TEST(IdxReader, RefusesCountsThatDoNotFitTheFile) {
  const TemporaryFolder folder;
  const std::string cut = folder.write("cut", three_images.substr(0, 20));
  EXPECT_EQ(refusal(cut),
            cut + ": the header claims 3 x 2 x 2 values of type uint8, 28 bytes in all, but the file has 20 bytes");
  EXPECT_NE(refusal(folder.write("long", three_images + "x")).find("28 bytes in all, but the file has 29 bytes"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("lying", idx_content(idx_uint8, {0xffffffff, 0xffffffff, 0xffffffff}, "x")))
                .find("more than any file can hold"),
            std::string::npos);
  // 2^63 - 1 bytes: with the header before them they are more.
  EXPECT_NE(refusal(folder.write("full", idx_content(idx_uint8, {153'092'023, 92'737, 649'657}, "x")))
                .find("more than any file can hold"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("header", three_images.substr(0, 10))).find("ends within its header"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("none", idx_content(idx_uint8, {0, 2}, ""))).find("holds no values"),
            std::string::npos);
  EXPECT_NE(refusal(folder.write("text", "label,pixel\n")).find("is not an IDX file"), std::string::npos);
  EXPECT_NE(refusal(folder.write("empty", "")).find("is not an IDX file"), std::string::npos);
}

TEST(IdxReader, RefusesCompressedFilesThatAreTooShortOrTooLong) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& content) {
    const std::string path = folder.write("images", content);
    return message_of([&] { read({{"images", path}}); });
  };
  EXPECT_NE(refused(gzip(three_images.substr(0, 20))).find("28 bytes in all, but there are 20 bytes"),
            std::string::npos);
  EXPECT_NE(refused(gzip(three_images + "x")).find("but the file goes on after them"), std::string::npos);
  const std::string whole = gzip(three_images);
  EXPECT_NE(refused(whole.substr(0, whole.size() - 9)).find("the compressed data are cut short"), std::string::npos);
  // Four thousand million rows in a few bytes: refused before anything of that size is allocated.
  EXPECT_NE(refusal(folder.write("lying", gzip(idx_content(idx_uint8, {0xffffffff, 1000}, "x"))))
                .find("compressed bytes cannot hold more than"),
            std::string::npos);
}

TEST(IdxReader, RefusesValuesAndLabelsThatCannotBe) {
  const TemporaryFolder folder;
  const std::string images = folder.write("images", three_images);
  const auto with_labels = [&](const std::string& content, int classes) {
    const Settings settings{{"images", images}, {"labels", folder.write("labels", content)}, {"classes", classes}};
    return message_of([&] {
      specs_of<IdxReader>(settings);
      read(settings);
    });
  };
  EXPECT_NE(with_labels(three_labels, 9).find("the label of row 3 is 9, but 'classes' is 9, so labels are 0 to 8"),
            std::string::npos);
  EXPECT_NE(with_labels(idx_content(idx_uint8, {2}, {0, 1}), 10).find("has 2 labels for the 3 rows of"),
            std::string::npos);
  EXPECT_NE(with_labels(three_images, 10).find("has no labels: they are one whole number a row"), std::string::npos);
  EXPECT_NE(with_labels(idx_content(idx_int16, {3}, {0, 1, '\xff', '\xff', 0, 0}), 10).find("label of row 2 is -1"),
            std::string::npos);

  const std::string nan{0x7f, '\xc0', 0, 0};
  const std::string reals = folder.write("reals", idx_content(idx_float32, {2, 1}, std::string(4, '\0') + nan));
  EXPECT_EQ(message_of([&] {
              read({{"images", reals}});
            }),
            reals + ": value 1 of row 2 is not a finite number in single precision");
}
