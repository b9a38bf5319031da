#include "bare_products.hpp"

#include <dlfcn.h>

#include <chrono>
#include <stdexcept>

#include "harmonium/parallel.hpp"
#include "harmonium/products.hpp"
#include "harmonium/random.hpp"

namespace harmonium::bench {
namespace {

using Sgemm = void(int order, int ta, int tb, int m, int n, int k, float alpha, const float* a, int lda, const float* b,
                   int ldb, float beta, float* c, int ldc);
using SetThreads = void(int);

struct OpenBlas {
  Sgemm* sgemm;
  SetThreads* set_threads;
};

const OpenBlas& openblas() {
  static const OpenBlas functions = [] {
    // The kernel opens the library, having chosen the kernels; this takes the copy that is open.
    blas_kernel();
    void* handle = dlopen(HARMONIUM_OPENBLAS ".0", RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) handle = dlopen(HARMONIUM_OPENBLAS, RTLD_NOW | RTLD_NOLOAD);
    if (handle == nullptr) throw std::runtime_error("the kernel did not open " HARMONIUM_OPENBLAS);
    return OpenBlas{reinterpret_cast<Sgemm*>(dlsym(handle, "cblas_sgemm")),
                    reinterpret_cast<SetThreads*>(dlsym(handle, "openblas_set_num_threads"))};
  }();
  return functions;
}

void multiply(Transpose ta, View<const float> a, Transpose tb, View<const float> b, View<float> out) {
  constexpr int row_major = 101, as_it_is = 111, transposed = 112;
  const bool turned = ta == Transpose::yes;
  const Index inner = turned ? a.rows : a.columns;
  openblas().sgemm(row_major, turned ? transposed : as_it_is, tb == Transpose::yes ? transposed : as_it_is,
                   static_cast<int>(out.rows), static_cast<int>(out.columns), static_cast<int>(inner), 1, a.data,
                   static_cast<int>(a.stride), b.data, static_cast<int>(b.stride), 0, out.data,
                   static_cast<int>(out.stride));
}

template <class Body>
double seconds(Body&& body) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point began = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - began).count();
}

Tensor random_matrix(Index rows, Index columns) {
  Tensor matrix = Tensor::matrix(rows, columns);
  uniform(Stream{static_cast<std::uint64_t>(rows)}, matrix.view());
  return matrix;
}

}  // namespace

BareProducts::BareProducts(Index batch, Index visible, Index hidden)
    : data_(random_matrix(batch, visible)),
      shown_(random_matrix(batch, visible)),
      first_(random_matrix(batch, hidden)),
      second_(random_matrix(batch, hidden)),
      weights_(random_matrix(visible, hidden)),
      gradient_(random_matrix(visible, hidden)) {}

double BareProducts::by_the_door(Index batches) {
  constexpr Transpose no = Transpose::no, yes = Transpose::yes;
  return seconds([&] {
    for (Index i = 0; i < batches; ++i) {
      product(no, data_.view(), no, weights_.view(), first_.view());
      product(no, first_.view(), yes, weights_.view(), shown_.view());
      product(no, shown_.view(), no, weights_.view(), second_.view());
      product(yes, data_.view(), no, first_.view(), gradient_.view());
      product(yes, shown_.view(), no, second_.view(), gradient_.view());
    }
  });
}

double BareProducts::by_openblas(Index batches) {
  constexpr Transpose no = Transpose::no, yes = Transpose::yes;
  openblas().set_threads(threads());
  const double spent = seconds([&] {
    for (Index i = 0; i < batches; ++i) {
      multiply(no, data_.view(), no, weights_.view(), first_.view());
      multiply(no, first_.view(), yes, weights_.view(), shown_.view());
      multiply(no, shown_.view(), no, weights_.view(), second_.view());
      multiply(yes, data_.view(), no, first_.view(), gradient_.view());
      multiply(yes, shown_.view(), no, second_.view(), gradient_.view());
    }
  });
  // As the kernel wants it.
  openblas().set_threads(1);
  return spent;
}

}  // namespace harmonium::bench
