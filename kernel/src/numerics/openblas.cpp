#include "numerics/openblas.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <sstream>

#include "harmonium/errors.hpp"
#include "harmonium/parallel.hpp"
#include "numerics/openmp.hpp"

namespace harmonium::openblas {
namespace {

constexpr const char* core_type = "OPENBLAS_CORETYPE";

/// OpenBLAS knows processors by family and model, and takes its AVX2 kernels on those newer than itself: 1.7 times
/// slower than SkylakeX on AMD's family 26. It reads the variable while it is being loaded, hence dlopen and not the
/// linker. A setting of the user wins.
class CoreTypeWhileOpening {
 public:
  CoreTypeWhileOpening() {
#if defined(__x86_64__)
    const bool skylake = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                         __builtin_cpu_supports("avx512cd");
    if (skylake && std::getenv(core_type) == nullptr) ours_ = setenv(core_type, "SkylakeX", 1) == 0;
#endif
  }
  ~CoreTypeWhileOpening() {
    if (ours_) unsetenv(core_type);
  }
  CoreTypeWhileOpening(const CoreTypeWhileOpening&) = delete;
  CoreTypeWhileOpening& operator=(const CoreTypeWhileOpening&) = delete;

 private:
  bool ours_ = false;
};

void* open_file() {
  const CoreTypeWhileOpening core_type_is_set;
  std::string tried;
  // The name without a number belongs to the development package and may be missing where programs only run.
  for (const char* path : {HARMONIUM_OPENBLAS ".0", HARMONIUM_OPENBLAS, "libopenblas.so.0"}) {
    if (void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL)) return handle;
    const char* reason = dlerror();
    tried += std::string("\n  ") + (reason != nullptr ? reason : path);
  }
  throw Error(Exit::internal, "OpenBLAS cannot be opened (Debian: libopenblas0-openmp):" + tried);
}

template <class Function>
Function* symbol(void* handle, const char* name) {
  void* address = dlsym(handle, name);
  if (address == nullptr) throw Error(Exit::internal, std::string("OpenBLAS has no function ") + name);
  return reinterpret_cast<Function*>(address);
}

template <class Function>
void take(void* handle, const char* name, Function*& function) {
  function = symbol<Function>(handle, name);
}

Library open() {
  // libgomp's idea of the team must be read before OpenBLAS changes it below.
  threads();
  void* handle = open_file();
  constexpr int openmp = 2;
  if (symbol<int()>(handle, "openblas_get_parallel")() != openmp) {
    throw Error(Exit::internal,
                "This OpenBLAS was not built with OpenMP; its own threads would fight those of Harmonium. "
                "Install its OpenMP build (Debian: libopenblas0-openmp)");
  }
  symbol<void(int)>(handle, "openblas_set_num_threads")(1);
  Library library;
  take(handle, "cblas_sgemm", library.sgemm);
  take(handle, "cblas_dgemm", library.dgemm);
  take(handle, "dpotrf_", library.dpotrf);
  take(handle, "dsyevd_", library.dsyevd);
  library.kernel = symbol<char*()>(handle, "openblas_get_corename")();
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  std::istringstream config(symbol<char*()>(handle, "openblas_get_config")());
  std::string name;
  config >> name >> library.version;
  return library;
}

}  // namespace

const Library& library() {
  static const Library opened = open();
  // How many threads OpenBLAS takes belongs to the thread that said so, and what is said within a team is forgotten at
  // its end: as it is where the first product of all is one of a team's.
  if (omp_in_parallel() == 0) omp_set_num_threads(1);
  return opened;
}

}  // namespace harmonium::openblas
