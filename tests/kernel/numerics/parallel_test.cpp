#include "harmonium/parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <vector>

#include "kernel/numerics/thread_count.hpp"

namespace harmonium {
namespace {

TEST(Parallel, CallsEveryBlockOnce) {
  for (const int count : {1, 2, 5}) {
    const ThreadCount team(count);
    for (const Index blocks : {0, 1, 2, 3, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(blocks));
      parallel(blocks, [&](Index block) { ++calls[static_cast<std::size_t>(block)]; });
      for (const auto& call : calls) EXPECT_EQ(call, 1);
    }
  }
}

TEST(Parallel, RethrowsTheExceptionOfTheLowestBlockAfterAllHaveEnded) {
  for (const int count : {1, 2, 4}) {
    const ThreadCount team(count);
    std::atomic<int> ended = 0;
    try {
      parallel(100, [&](Index block) {
        ++ended;
        if (block % 10 == 7) throw std::runtime_error(std::to_string(block));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "7");
    }
    EXPECT_EQ(ended, 100);
  }
}

TEST(Parallel, RunsSeriallyWithinABlock) {
  const ThreadCount team(2);
  std::atomic<int> out_of_order = 0;
  parallel(8, [&](Index) {
    Index expected = 0;
    parallel(50, [&](Index inner) { out_of_order += inner != expected++; });
  });
  EXPECT_EQ(out_of_order, 0);
}

TEST(Parallel, IsUsableAfterAnException) {
  const ThreadCount team(2);
  EXPECT_THROW(parallel(4, [](Index) { throw std::logic_error("no"); }), std::logic_error);
  std::atomic<int> calls = 0;
  parallel(4, [&](Index) { ++calls; });
  EXPECT_EQ(calls, 4);
}

TEST(Parallel, RefusesATeamOfNoThreads) {
  EXPECT_GE(threads(), 1);
  EXPECT_THROW(set_threads(0), std::logic_error);
}

}  // namespace
}  // namespace harmonium
