#include "harmonium/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <stdexcept>

#include "numerics/openmp.hpp"

namespace harmonium {
namespace {

/// The count is ours and not OpenMP's own: OpenBLAS sets that one as a side effect.
std::atomic<int>& team() {
  // OMP_NUM_THREADS when it is set, else the processors that this process may use.
  static std::atomic<int> count = std::max(1, omp_get_max_threads());
  return count;
}

thread_local bool inside_a_block = false;

/// The exception of the lowest block that threw one.
class FirstFailure {
 public:
  void run(void (*body)(void*, Index), void* closure, Index block) noexcept {
    try {
      body(closure, block);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (failure_ && block_ < block) return;
      failure_ = std::current_exception();
      block_ = block;
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::mutex mutex_;
  std::exception_ptr failure_;
  Index block_ = 0;
};

}  // namespace

int threads() { return team().load(std::memory_order_relaxed); }

void set_threads(int count) {
  if (count < 1) throw std::logic_error("set_threads: a team has at least one thread");
  team().store(count, std::memory_order_relaxed);
}

void detail::parallel(Index blocks, void (*body)(void* closure, Index block), void* closure) {
  FirstFailure failure;
  const int count = static_cast<int>(std::min<Index>(blocks, threads()));
  if (count <= 1 || inside_a_block || omp_in_parallel() != 0) {
    for (Index block = 0; block < blocks; ++block) failure.run(body, closure, block);
  } else {
    // Handed out one by one: a thread that the operating system interrupts must not hold up the others.
#pragma omp parallel num_threads(count)
    {
      inside_a_block = true;
#pragma omp for schedule(dynamic, 1)
      for (Index block = 0; block < blocks; ++block) failure.run(body, closure, block);
      inside_a_block = false;
    }
  }
  failure.rethrow();
}

}  // namespace harmonium
