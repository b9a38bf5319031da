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
  all.products_ = {{no, data, no, weights, first},
                   {no, first, yes, weights, shown},
                   {no, shown, no, weights, second},
                   {yes, data, no, first, gradient},
                   {yes, shown, no, second, gradient}};
  return all;
}

BareProducts BareProducts::of_annealing(Index runs, Index visible, Index hidden) {
  BareProducts bare;
  const std::size_t weights = bare.matrix(visible, hidden), v = bare.matrix(runs, visible),
                    h = bare.matrix(runs, hidden);
  bare.products_ = {{Transpose::no, v, Transpose::no, weights, h}, {Transpose::no, h, Transpose::yes, weights, v}};
  return bare;
}

BareProducts BareProducts::of_dbm(Index batch, Index visible, Index low, Index high, int steps, int sweeps) {
  constexpr Transpose no = Transpose::no, yes = Transpose::yes;
  BareProducts all;
  const std::size_t lower = all.matrix(visible, low), upper = all.matrix(low, high),
                    lower_gradient = all.matrix(visible, low), upper_gradient = all.matrix(low, high);
  // States and the inputs that they give, of the clamped and of the free phase.
  struct Phase {
    std::size_t v, a, b, to_v, to_a, to_b;
  };
  const auto phase = [&] {
    return Phase{all.matrix(batch, visible), all.matrix(batch, low), all.matrix(batch, high),
                 all.matrix(batch, visible), all.matrix(batch, low), all.matrix(batch, high)};
  };
  const Phase clamped = phase(), free = phase();
  const auto add = [&](Transpose ta, std::size_t a, Transpose tb, std::size_t b, std::size_t out) {
    all.products_.push_back({ta, a, tb, b, out});
  };
  add(no, clamped.v, no, lower, clamped.to_a);
  add(no, clamped.a, no, upper, clamped.to_b);
  for (int i = 0; i < steps; ++i) {
    add(no, clamped.b, yes, upper, clamped.to_a);
    add(no, clamped.a, no, upper, clamped.to_b);
  }
  for (int i = 0; i < sweeps; ++i) {
    add(no, free.a, yes, lower, free.to_v);
    add(no, free.a, no, upper, free.to_b);
    add(no, free.v, no, lower, free.to_a);
    add(no, free.b, yes, upper, free.to_a);
  }
  for (const Phase& one : {clamped, free}) {
    add(yes, one.v, no, one.a, lower_gradient);
    add(yes, one.a, no, one.b, upper_gradient);
  }
  return all;
}

double BareProducts::by_the_door(Index batches) {
  return seconds([&] {
    for (Index i = 0; i < batches; ++i)
      for (const One& one : products_)
        product(one.ta, matrices_[one.a].view(), one.tb, matrices_[one.b].view(), matrices_[one.out].view());
  });
}

double BareProducts::by_openblas(Index batches) {
  openblas().set_threads(threads());
  const double spent = seconds([&] {
    for (Index i = 0; i < batches; ++i)
      for (const One& one : products_)
        multiply(one.ta, matrices_[one.a].view(), one.tb, matrices_[one.b].view(), matrices_[one.out].view());
  });
  // As the kernel wants it.
  openblas().set_threads(1);
  return spent;
}

}  // namespace harmonium::bench
