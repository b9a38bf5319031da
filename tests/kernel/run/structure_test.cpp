#include "run/structure.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/version.hpp>
#include <cstring>
#include <sstream>

#include "harmonium/errors.hpp"

namespace harmonium::run {
namespace {

Structure example() {
  Structure structure;
  structure.key = "0123456789abcdef0123456789abcdef";
  structure.properties = {{"blas", "SkylakeX"}, {"simd", "AVX-512"}};
  structure.files = {640, 4096};
  Item tensor{"weights", Item::Kind::tensor, 0, 0, Element::float32, {16, 10}, 0, 0, 640, 77, {}};
  Item group;
  group.name = "optimiser";
  group.items = {tensor,
                 {"epoch", Item::Kind::integer, -7, 0, {}, {}, 0, 0, 0, 0, {}},
                 {"rate", Item::Kind::real, 0, 0.1, {}, {}, 0, 0, 0, 0, {}}};
  structure.root.items = {group};
  return structure;
}

/// How reading fails, or "".
std::string refusal(const std::string& archive) {
  try {
    decode(archive);
  } catch (const BadData& error) {
    return error.what();
  }
  return "";
}

struct FromTomorrow {
  template <class Archive>
  void serialize(Archive&, unsigned) {}
};

}  // namespace
}  // namespace harmonium::run

BOOST_CLASS_VERSION(harmonium::run::FromTomorrow, harmonium::run::structure_version + 1)
BOOST_CLASS_TRACKING(harmonium::run::FromTomorrow, boost::serialization::track_never)

namespace harmonium::run {
namespace {

TEST(Structure, ComesBackAsItWasWritten) {
  const Structure back = decode(unseal(seal(encode(example()))));
  EXPECT_EQ(back.key, example().key);
  EXPECT_EQ(back.property("simd"), "AVX-512");
  EXPECT_EQ(back.property("thread"), "");
  EXPECT_EQ(back.files, example().files);
  ASSERT_EQ(back.root.items.size(), 1U);
  const Item& group = back.root.items[0];
  ASSERT_EQ(group.items.size(), 3U);
  EXPECT_EQ(group.items[0].shape, (Tensor::Shape{16, 10}));
  EXPECT_EQ(group.items[0].checksum, 77U);
  EXPECT_EQ(group.items[1].integer, -7);
  EXPECT_EQ(group.items[2].real, 0.1);
}

TEST(Envelope, IsRefusedWhereAnyBitHasChanged) {
  const std::string sealed = seal(encode(example()));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 0x10);
    EXPECT_THROW(unseal(changed), BadData) << "byte " << i;
  }
}

TEST(Envelope, IsRefusedWhereItIsCutShortOrContinued) {
  const std::string sealed = seal(encode(example()));
  for (std::size_t i = 0; i < sealed.size(); ++i) EXPECT_THROW(unseal(sealed.substr(0, i)), BadData) << i;
  EXPECT_THROW(unseal(sealed + "x"), BadData);
}

TEST(Structure, AllocatesNothingForCountsThatCannotBe) {
  // A count is believed only if the archive is long enough for it: every place is tried, with checksums that are right.
  const std::string archive = encode(example());
  const std::string empty = encode({});
  const std::size_t content = empty.size() - (4 * 8 + 8 + 1);  // four counts, the root's name and kind
  for (std::size_t i = content; i + 8 <= archive.size(); ++i)
    for (const std::uint64_t lie : {~std::uint64_t{0}, std::uint64_t{1} << 62, std::uint64_t{1} << 33}) {
      std::string changed = archive;
      std::memcpy(changed.data() + i, &lie, sizeof lie);
      try {
        decode(unseal(seal(changed)));
      } catch (const BadData&) {
        // What is expected for counts; a number may be anything.
      }
    }
  std::string changed = archive;
  const std::uint64_t lie = std::uint64_t{1} << 40;
  std::memcpy(changed.data() + content, &lie, sizeof lie);
  EXPECT_NE(refusal(changed).find("more than it can hold"), std::string::npos) << refusal(changed);
}

TEST(Structure, IsRefusedWhereverItIsCutShort) {
  // 30 bytes end where the library's version would follow.
  const std::string archive = encode(example());
  for (std::size_t i = 0; i < archive.size(); ++i) EXPECT_NE(refusal(archive.substr(0, i)), "") << i << " bytes";
}

TEST(Structure, OfGroupsThatEachClaimAllThatIsLeftTakesTheMemoryOfOne) {
  // A mebibyte: groups within each other, then zeros, which read as empty groups of 17 bytes.
  constexpr std::size_t size = 1 << 20;
  std::string archive = encode({});
  archive.resize(archive.size() - sizeof(std::uint64_t));  // but the number of the root's items
  for (int depth = 0; depth < 60; ++depth) {
    const std::uint64_t count = (size - archive.size() - sizeof count) / 17;
    archive.append(reinterpret_cast<const char*>(&count), sizeof count);
    archive.append(9, '\0');  // the next group's name and kind
  }
  archive.resize(size);
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  EXPECT_NE(refusal(archive), "");
  getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 100 * 1024) << "KiB";
}

TEST(Structure, OfAnotherVersionIsRefused) {
  std::ostringstream text;
  {
    boost::archive::binary_oarchive archive(text);
    const FromTomorrow tomorrow;
    archive << tomorrow;
  }
  EXPECT_EQ(refusal(text.str()), "its structure has version 2, this program reads 1");
}

TEST(Structure, OfANewerArchiveVersionIsRefused) {
  std::string archive = encode(example());
  archive[30] = '\x7f';
  archive[31] = '\x7f';
  EXPECT_NE(refusal(archive).find("its archive cannot be read"), std::string::npos) << refusal(archive);
}

TEST(Structure, OfAnotherMachineOrNoArchiveIsRefused) {
  EXPECT_NE(refusal("").find("no archive"), std::string::npos);
  EXPECT_NE(refusal(std::string(100, '\xff')).find("no archive"), std::string::npos);
  std::string archive = encode(example());
  archive[33] ^= 12;  // the size of a long
  EXPECT_NE(refusal(archive).find("no archive"), std::string::npos);
}

TEST(Structure, NestedWithoutEndIsRefused) {
  Structure deep;
  Item* innermost = &deep.root;
  for (int i = 0; i < 1000; ++i) innermost = &innermost->items.emplace_back();
  EXPECT_EQ(refusal(encode(deep)), "its groups are nested deeper than 64");
}

TEST(Structure, WithAShapeThatItsLengthContradictsIsRefused) {
  Structure structure = example();
  structure.root.items[0].items[0].bytes = 641;
  EXPECT_EQ(refusal(encode(structure)), "the length of a tensor is not that of its shape");
  structure.root.items[0].items[0].shape = {Index{1} << 40, Index{1} << 40};
  EXPECT_EQ(refusal(encode(structure)), "it has an impossible shape");
  // No values, and yet more of them in a row than memory can hold.
  structure.root.items[0].items[0].shape = {0, Index{1} << 62};
  structure.root.items[0].items[0].bytes = 0;
  EXPECT_EQ(refusal(encode(structure)), "it has an impossible shape");
}

}  // namespace
}  // namespace harmonium::run
