#pragma once

/// OpenMP, or what stands for it where the build goes without (share/cmake/Build.cmake): teams of one thread.
#ifdef _OPENMP
#include <omp.h>
#else
inline int omp_get_max_threads() { return 1; }
inline int omp_in_parallel() { return 0; }
inline void omp_set_num_threads(int) {}
#endif
