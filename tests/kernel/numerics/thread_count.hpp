#pragma once

#include "harmonium/parallel.hpp"

namespace harmonium {

/// A number of threads for one scope.
class ThreadCount {
 public:
  explicit ThreadCount(int count) { set_threads(count); }
  ~ThreadCount() { set_threads(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  int before_ = threads();
};

}  // namespace harmonium
