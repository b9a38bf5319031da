#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <string>

/// Called once, before the first input. Memory may grow by a GiB: what asks for more because a small file says so gets
/// std::bad_alloc, also where it would never have touched it. What sanitisers have taken by now does not count.
extern "C" int LLVMFuzzerInitialize(int*, char***);
int LLVMFuzzerInitialize(int*, char***) {
  std::ifstream status("/proc/self/status");
  std::string word;
  rlim_t taken = 0;
  while (status >> word)
    if (word == "VmData:") status >> taken;
  const rlim_t most = (taken << 10) + (rlim_t{1} << 30);
  const rlimit limit{most, most};
  if (setrlimit(RLIMIT_DATA, &limit) != 0) std::abort();
  return 0;
}
