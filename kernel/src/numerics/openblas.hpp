#pragma once

#include <cstddef>
#include <string>

namespace harmonium::openblas {

/// The functions that we take from OpenBLAS. Orders and transpositions are CBLAS's numbers.
struct Library {
  void (*sgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a, int lda,
                const float* b, int ldb, float beta, float* c, int ldc);
  void (*dgemm)(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha, const double* a,
                int lda, const double* b, int ldb, double beta, double* c, int ldc);
  /// LAPACK: Cholesky's factorisation in place; `info` is 0 where the matrix is positive definite.
  void (*dpotrf)(const char* half, const int* n, double* a, const int* lda, int* info);
  /// As Fortran calls it: the lengths of its texts come last.
  void (*dsyevd)(const char* job, const char* triangle, const int* n, double* a, const int* lda, double* w,
                 double* work, const int* lwork, int* iwork, const int* liwork, int* info, std::size_t job_length,
                 std::size_t triangle_length);
  /// "0.3.21" and "SkylakeX".
  std::string version;
  std::string kernel;
};

inline constexpr int row_major = 101;
inline constexpr int not_transposed = 111;
inline constexpr int transposed = 112;

/// Opens the library at the first call. Throws Error(Exit::internal) when it is missing or was not built with OpenMP.
const Library& library();

}  // namespace harmonium::openblas
