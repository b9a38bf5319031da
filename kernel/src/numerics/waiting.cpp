#include "numerics/waiting.hpp"

#include <unistd.h>

#include <cstdlib>

namespace harmonium {

void bound_waiting(char** arguments) {
  if (std::getenv("GOMP_SPINCOUNT") || std::getenv("OMP_WAIT_POLICY")) return;
  // About 30 microseconds: longer than the passes between two products.
  setenv("GOMP_SPINCOUNT", "2000", 0);
  execv("/proc/self/exe", arguments);
  // Where it cannot be started again it goes on as it is: slower on a busy machine, never wrong.
}

}  // namespace harmonium
