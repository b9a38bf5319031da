#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <numeric>
#include <thread>

#include "fake_kernel.hpp"
#include "harmonium/input_file.hpp"
#include "harmonium/npy.hpp"
#include "idx/idx_reader.hpp"
#include "idx_content.hpp"
#include "npy/npy_reader.hpp"
#include "temporary_folder.hpp"

using namespace harmonium;
using namespace harmonium::testing;

namespace {

constexpr Index mebibyte = Index{1} << 20;

/// What this process holds beside the pages of files, in bytes.
Index own_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::stol(line.substr(std::strlen("RssAnon:"))) * 1024;
  throw std::runtime_error("the system does not tell how much memory is used");
}

/// A file of `bytes` zeros after its header, which take no room on disk.
std::string with_zeros(const TemporaryFolder& folder, const std::string& header, Index bytes) {
  const std::string path = folder.write("rows", header);
  std::filesystem::resize_file(path, header.size() + static_cast<std::size_t>(bytes));
  return path;
}

/// By how much memory grows while all rows but those of a last short batch are read, batch by batch.
Index growth_by_reading(const Dataset& data) {
  constexpr Index batch = 1000;
  Tensor values = Tensor::matrix(batch, data.spec().parts[0].width);
  std::vector<Index> rows(batch);
  const Index before = own_memory();
  for (Index first = 0; first + batch <= data.rows(); first += batch) {
    std::iota(rows.begin(), rows.end(), first);
    data.source()->read(0, rows, 0, values.view());
  }
  return own_memory() - before;
}

}  // namespace

TEST(MappedRows, OfAnIdxFileAreNotHeldInMemory) {
  const TemporaryFolder folder;
  constexpr std::uint32_t rows = 250'000;
  const std::string file = with_zeros(folder, idx_content(idx_uint8, {rows, 28, 28}, ""), Index{rows} * 784);
  const Index before = own_memory();
  const auto data = get<Dataset>(run_node<IdxReader>({{"images", file}}, FakeInputs()), "data");
  EXPECT_EQ(data.rows(), rows);
  EXPECT_LT(own_memory() - before, 20 * mebibyte);
  EXPECT_LT(growth_by_reading(data), 20 * mebibyte);
}

TEST(MappedRows, OfANumpyFileAreNotHeldInMemory) {
  const TemporaryFolder folder;
  for (const Element element : {Element::uint8, Element::float32}) {
    const Index rows = 200 * mebibyte / 784 / bytes_of(element);
    const std::string file = with_zeros(folder, write_npy_header(element, {rows, 784}), rows * 784 * bytes_of(element));
    const Index before = own_memory();
    const auto data = get<Dataset>(run_node<NpyReader>({{"path", file}}, FakeInputs()), "data");
    EXPECT_EQ(data.rows(), rows);
    EXPECT_LT(own_memory() - before, 20 * mebibyte);
    EXPECT_LT(growth_by_reading(data), 20 * mebibyte);
  }
}

TEST(MappedRows, AreBroughtIntoMemoryWhenTheyAreAnnounced) {
  const TemporaryFolder folder;
  const Index page = sysconf(_SC_PAGESIZE);
  constexpr Index pages = 4096;
  const std::string file = folder.write("rows", std::string(static_cast<std::size_t>(pages * page), 'x'));
  const auto values = std::make_shared<const Tensor>(map_file(file, 0, Element::uint8, {pages, page}));
  const Dataset data = stored_rows({pages, {{"features", page, {}, PartSpec::Kind::real, {}}}}, {values});
  const auto in_memory = [&](Index row) {
    unsigned char there = 0;
    void* first = const_cast<std::uint8_t*>(values->data<std::uint8_t>() + row * page);
    if (mincore(first, static_cast<std::size_t>(page), &there) != 0) throw std::runtime_error("mincore failed");
    return (there & 1) != 0;
  };
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(descriptor, 0);
  fsync(descriptor);
  posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  close(descriptor);
  if (in_memory(1000)) GTEST_SKIP() << "this file system keeps its files in memory";
  data.fetch_ahead(0, std::vector<Index>{1000, 1001, 3000});
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!(in_memory(1000) && in_memory(1001) && in_memory(3000)) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_TRUE(in_memory(1000));
  EXPECT_TRUE(in_memory(1001));
  EXPECT_TRUE(in_memory(3000));
  EXPECT_FALSE(in_memory(2000));
}
