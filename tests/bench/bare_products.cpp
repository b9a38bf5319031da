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

std::size_t BareProducts::matrix(Index rows, Index columns) {
  matrices_.push_back(random_matrix(rows, columns));
  return matrices_.size() - 1;
}

BareProducts BareProducts::of_rbm(Index batch, Index visible, Index hidden) {
  constexpr Transpose no = Transpose::no, yes = Transpose::yes;
  BareProducts all;
  const std::size_t data = all.matrix(batch, visible), shown = all.matrix(batch, visible),
                    first = all.matrix(batch, hidden), second = all.matrix(batch, hidden),
                    weights = all.matrix(visible, hidden), gradient = all.matrix(visible, hidden);
  all.products_ = {{no, data, no, weights, first, 1},
                   {no, first, yes, weights, shown, 1},
                   {no, shown, no, weights, second, 1},
                   {yes, data, no, first, gradient, 1},
                   {yes, shown, no, second, gradient, 1}};
  return all;
}

BareProducts BareProducts::of_dbm(Index batch, Index visible, Index low, Index high, int steps, int sweeps) {
  constexpr Transpose no = Transpose::no, yes = Transpose::yes;
  BareProducts all;
  const std::size_t v = all.matrix(batch, visible), a = all.matrix(batch, low), b = all.matrix(batch, high),
                    to_v = all.matrix(batch, visible), to_a = all.matrix(batch, low), to_b = all.matrix(batch, high),
                    lower = all.matrix(visible, low), upper = all.matrix(low, high),
                    lower_gradient = all.matrix(visible, low), upper_gradient = all.matrix(low, high);
  all.products_ = {{no, v, no, lower, to_a, 1 + sweeps},         {no, a, yes, lower, to_v, sweeps},
                   {no, a, no, upper, to_b, 1 + steps + sweeps}, {no, b, yes, upper, to_a, steps + sweeps},
                   {yes, v, no, a, lower_gradient, 2},           {yes, a, no, b, upper_gradient, 2}};
  return all;
}

double BareProducts::by_the_door(Index batches) {
  return seconds([&] {
    for (Index i = 0; i < batches; ++i)
      for (const One& one : products_)
        for (int k = 0; k < one.times; ++k)
          product(one.ta, matrices_[one.a].view(), one.tb, matrices_[one.b].view(), matrices_[one.out].view());
  });
}

double BareProducts::by_openblas(Index batches) {
  openblas().set_threads(threads());
  const double spent = seconds([&] {
    for (Index i = 0; i < batches; ++i)
      for (const One& one : products_)
        for (int k = 0; k < one.times; ++k)
          multiply(one.ta, matrices_[one.a].view(), one.tb, matrices_[one.b].view(), matrices_[one.out].view());
  });
  // As the kernel wants it.
  openblas().set_threads(1);
  return spent;
}

}  // namespace harmonium::bench
