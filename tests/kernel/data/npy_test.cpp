#include "harmonium/npy.hpp"

#include <gtest/gtest.h>

#include "fake_kernel.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

NpyHeader read(const std::string& file) {
  return read_npy_header({reinterpret_cast<const std::uint8_t*>(file.data()), static_cast<Index>(file.size())},
                         "a.npy");
}

/// A file of version 1.0 with that dictionary.
std::string with_header(const std::string& dictionary) {
  std::string file("\x93NUMPY\x01", 7);
  file += '\0';
  file += static_cast<char>(dictionary.size() & 0xff);
  file += static_cast<char>(dictionary.size() >> 8);
  return file + dictionary;
}

std::string refusal(const std::string& dictionary) {
  return message_of([&] { read(with_header(dictionary)); });
}

}  // namespace

TEST(NpyHeader, ReadsWhatItWrites) {
  for (const Tensor::Shape& shape : {Tensor::Shape{3}, Tensor::Shape{3, 4}, Tensor::Shape{}}) {
    const std::string file = write_npy_header(Element::float64, shape);
    EXPECT_EQ(file.size() % 64, 0u);
    const NpyHeader header = read(file);
    EXPECT_EQ(header.type, "<f8");
    EXPECT_EQ(header.shape, shape);
    EXPECT_EQ(header.offset, static_cast<Index>(file.size()));
  }
}

TEST(NpyHeader, ReadsKeysInAnyOrderAndTheirVersions) {
  EXPECT_EQ(read(with_header("{'shape': (2L, 3), \"fortran_order\": False, 'descr': '|u1'}")).size, 6);
  std::string second = with_header("  {'descr': '<i4', 'fortran_order': False, 'shape': (5,), }\n");
  second[6] = 2;
  second[10] = second[11] = '\0';
  second[8] = static_cast<char>(second[8] - 2);
  EXPECT_EQ(read(second).shape, Tensor::Shape{5});
}

TEST(NpyHeader, RefusesWhatItCannotReadWithTheRemedy) {
  EXPECT_NE(refusal("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}").find("ascontiguousarray"),
            std::string::npos);
  EXPECT_NE(refusal("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}").find("astype('<f4')"),
            std::string::npos);
  EXPECT_NE(refusal("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}").find("astype('float32')"),
            std::string::npos);
  EXPECT_NE(refusal("{'descr': '<c8', 'fortran_order': False, 'shape': (2,)}").find("cannot be read"),
            std::string::npos);
  EXPECT_NE(refusal("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}").find("one plain array"),
            std::string::npos);
}

TEST(NpyHeader, RefusesHostileHeaders) {
  const std::string faulty = "a.npy: the header is not that of a NumPy array";
  for (const char* dictionary :
       {"", "{", "{}", "{'descr': '<f4'", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,,2)}", "{'descr': '<f4, 'fortran_order': False}"})
    EXPECT_EQ(refusal(dictionary), faulty) << dictionary;
  std::string dimensions;
  for (int i = 0; i < 40; ++i) dimensions += "1,";
  EXPECT_EQ(refusal("{'descr': '<f4', 'fortran_order': False, 'shape': (" + dimensions + ")}"), faulty);
  EXPECT_EQ(refusal("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 4)}"),
            "a.npy: the header claims more values than any file can hold");
  // With the header before them they are more.
  EXPECT_EQ(refusal("{'descr': '|u1', 'fortran_order': False, 'shape': (9223372036854775807,)}"),
            "a.npy: the header claims more values than any file can hold");
  EXPECT_EQ(message_of([] { read("PK\x03\x04 and so on"); }), "a.npy: this is not a NumPy array file (.npy)");
  EXPECT_EQ(message_of([] { read(with_header("{'descr'").substr(0, 12)); }), "a.npy: the file ends within its header");
  std::string third = with_header(std::string(20, ' '));
  third[6] = 3;
  third[11] = '\x7f';
  EXPECT_NE(message_of([&] { read(third); }).find("is not that of a NumPy array"), std::string::npos);
}
