#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "conformance/as_double.hpp"
#include "conformance/laws.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/random.hpp"
#include "harmonium/tensor.hpp"

namespace harmonium::conformance {
namespace {

constexpr Index rows = 5;

Index size_of(const std::vector<Index>& shape) {
  Index size = 1;
  for (const Index extent : shape) size *= extent;
  return size;
}

/// Layers whose sizes alone count have no shape.
Span<const Index> shape_of(const std::vector<Index>& extents) {
  return extents.size() > 1 ? Span<const Index>(extents) : Span<const Index>();
}

Tensor random(Index count, Index columns, std::uint64_t seed) {
  Tensor values = Tensor::matrix(count, columns);
  normal(Stream{seed}, values.view());
  return values;
}

/// Two layers that the connection joins.
struct Joined {
  Join join;
  Index block = 1;  ///< of the units of both ends
  bool within() const { return join.b.empty(); }
  Ends ends() const {
    const Index a = size_of(join.a);
    if (within()) return {a, a, shape_of(join.a), shape_of(join.a), true, block, block};
    return {a, size_of(join.b), shape_of(join.a), shape_of(join.b), false, block, block};
  }
  std::string text() const {
    const std::string units = block > 1 ? fmt::format(" of blocks of {}", block) : "";
    if (within()) return fmt::format("within a layer {}{}", fmt::join(join.a, "x"), units);
    return fmt::format("{} to {}", fmt::join(join.a, "x"), fmt::join(join.b, "x"));
  }
};

class ConnectionLaws {
 public:
  ConnectionLaws(const Handle<Connection>& connection, Findings& findings)
      : connection_(*connection), findings_(findings) {}

  void find(const std::vector<Join>& given) {
    findings_.law("shape() takes layers that can be joined, and refuses others with a BadPipeline that says why", [&] {
      if (!given.empty()) {
        for (const Join& join : given)
          findings_.holds(accepts({join, 1}), [&] { return Joined{join, 1}.text() + " is refused: " + refusal_; });
        return;
      }
      accepts({{{5}, {4}}, 1});
      for (const Index block : {Index{1}, Index{3}}) accepts({{{6}, {}}, block});
      // Of images: the first sizes of the other layer that fit.
      for (const std::vector<Index>& image : {std::vector<Index>{6, 5}, {1, 6, 5}, {2, 6, 5}}) {
        bool found = false;
        for (Index maps = 1; maps <= 4 && !found; ++maps)
          for (Index height = 1; height <= 8 && !found; ++height)
            for (Index width = 1; width <= 7 && !found; ++width) found = accepts({{image, {maps, height, width}}, 1});
      }
      findings_.holds(!joined_.empty(), [&] {
        return "none of the layers tried can be joined; name some by --join. The last refusal: " + refusal_;
      });
      for (const Joined& one : joined_) findings_.note(one.text());
    });
  }

  bool any() const { return !joined_.empty(); }

  void check() {
    findings_.law("to_b(x_a) . x_b = x_a . to_a(x_b) = <W, correlate(x_a, x_b)>, row by row",
                  [&] { each([&] { forms(); }); });
    findings_.law("B is linear in each of x_a, x_b and W", [&] { each([&] { linearity(); }); });
    findings_.law("to_b and to_a give any range of units, scaled, and add to what is there where they are asked to",
                  [&] { each([&] { ranges(); }); });
    findings_.law("float and double agree", [&] { each([&] { precisions(); }); });
    findings_.law("rows are independent", [&] { each([&] { independence(); }); });
    findings_.law("correlate gives every element of the gradient to its receiver once, when it is complete",
                  [&] { each([&] { panels(); }); });
    findings_.law("constrain leaves what it has constrained as it is", [&] { each([&] { constrained(); }); });
    if (std::any_of(joined_.begin(), joined_.end(), [](const Joined& one) { return one.within(); }))
      findings_.law("within a layer B is symmetric, units of one block are not joined, and couplings() are those of B",
                    [&] {
                      each([&] {
                        if (at_->within()) symmetry();
                      });
                    });
  }

 private:
  bool accepts(const Joined& one) {
    Index r = 0, c = 0;
    try {
      connection_.shape(one.ends(), r, c);
    } catch (const BadPipeline& error) {
      refusal_ = error.what();
      findings_.holds(!refusal_.empty(), [&] { return one.text() + " is refused without a reason"; });
      return false;
    }
    findings_.holds(r > 0 && c > 0, [&] { return fmt::format("{}: weights of {}x{}", one.text(), r, c); });
    joined_.push_back(one);
    return true;
  }

  /// Sets up weights and states for every pair of layers in turn.
  template <class Body>
  void each(const Body& body) {
    for (const Joined& one : joined_) {
      at_ = &one;
      ends_ = one.ends();
      Index r = 0, c = 0;
      connection_.shape(ends_, r, c);
      weights_ = random(r, c, 3);
      connection_.constrain(ends_, weights_.view());
      weights64_ = as_double(weights_);
      a_ = random(rows, ends_.a_size, 4);
      b_ = one.within() ? random(rows, ends_.a_size, 5) : random(rows, ends_.b_size, 5);
      a64_ = as_double(a_);
      b64_ = as_double(b_);
      body();
    }
  }
  std::string place(const std::string& what) const { return at_->text() + ", " + what; }

  Tensor to(bool b, const Tensor& weights, const Tensor& from) const {
    Tensor out = Tensor::of<double>({from.rows(), b ? ends_.b_size : ends_.a_size});
    if (b)
      connection_.to_b(ends_, weights.view<double>(), from.view<double>(), 0, out.view<double>(), 1, false);
    else
      connection_.to_a(ends_, weights.view<double>(), from.view<double>(), 0, out.view<double>(), 1, false);
    return out;
  }
  static double dot(const Tensor& x, const Tensor& y, Index row) {
    double sum = 0;
    for (Index j = 0; j < x.columns(); ++j) sum += x.view<double>()(row, j) * y.view<double>()(row, j);
    return sum;
  }
  /// Sums of so many products of numbers of deviation one.
  double scale() const { return 1 + std::sqrt(static_cast<double>(ends_.a_size * ends_.b_size)); }

  Tensor correlated(Index first, Index count, float factor) const {
    Tensor gradient = Tensor::matrix(weights_.rows(), weights_.columns());
    connection_.correlate(ends_, a_.view().row_range(first, count), b_.view().row_range(first, count), factor,
                          gradient.view(), {[](void*, View<float>, Index, Index) {}, nullptr});
    return gradient;
  }

  void forms() {
    const Tensor to_b = to(true, weights64_, a64_), to_a = to(false, weights64_, b64_);
    for (Index row = 0; row < rows; ++row) {
      const double form = dot(to_b, b64_, row);
      findings_.near(dot(to_a, a64_, row), form, 1e-9 * scale(),
                     [&] { return place(fmt::format("row {}: x_a . to_a(x_b) against to_b(x_a) . x_b", row + 1)); });
      const Tensor gradient = correlated(row, 1, 1);
      double inner = 0;
      for (Index k = 0; k < gradient.size(); ++k)
        inner += static_cast<double>(gradient.data<float>()[k]) * weights64_.data<double>()[k];
      findings_.near(inner, form, 1e-4 * scale(),
                     [&] { return place(fmt::format("row {}: <W, correlate> against to_b(x_a) . x_b", row + 1)); });
    }
    // Over all rows, scaled: the sum of each row's.
    const Tensor all = correlated(0, rows, -0.5F);
    Tensor sum = Tensor::matrix(all.rows(), all.columns());
    for (Index row = 0; row < rows; ++row) {
      const Tensor one = correlated(row, 1, 1);
      for (Index k = 0; k < one.size(); ++k) sum.data<float>()[k] -= one.data<float>()[k] / 2;
    }
    for (Index k = 0; k < all.size(); ++k)
      findings_.near(static_cast<double>(all.data<float>()[k]), static_cast<double>(sum.data<float>()[k]),
                     1e-4 * scale(), [&] { return place(fmt::format("correlate of all rows, weight {}", k + 1)); });
  }

  void linearity() {
    const auto mixed = [](const Tensor& x, const Tensor& y) {
      Tensor sum = x;
      for (Index k = 0; k < sum.size(); ++k) sum.data<double>()[k] = 2 * x.data<double>()[k] - 3 * y.data<double>()[k];
      return sum;
    };
    Tensor other = random(weights_.rows(), weights_.columns(), 6);
    connection_.constrain(ends_, other.view());
    const Tensor other64 = as_double(other);
    for (const bool b : {true, false}) {
      const Tensor& x = b ? a64_ : b64_;
      const Tensor y = as_double(random(rows, x.columns(), 7));
      compare(to(b, weights64_, mixed(x, y)), mixed(to(b, weights64_, x), to(b, weights64_, y)),
              b ? "to_b of 2x - 3y" : "to_a of 2x - 3y");
      compare(to(b, mixed(weights64_, other64), x), mixed(to(b, weights64_, x), to(b, other64, x)),
              b ? "to_b by 2W - 3V" : "to_a by 2W - 3V");
    }
  }
  void compare(const Tensor& got, const Tensor& expected, const std::string& what) {
    for (Index i = 0; i < got.rows(); ++i)
      for (Index j = 0; j < got.columns(); ++j)
        findings_.near(got.view<double>()(i, j), expected.view<double>()(i, j), 1e-9 * scale(),
                       [&] { return place(fmt::format("{}, row {}, unit {}", what, i + 1, j + 1)); });
  }

  void ranges() {
    for (const bool b : {true, false}) {
      const Tensor whole = to(b, weights64_, b ? a64_ : b64_);
      const Index size = whole.columns(), block = at_->block;
      for (Index first = 0; first < size; first += block)
        for (Index count = block; first + count <= size; count += block)
          for (const bool add : {false, true}) part(b, whole, first, count, add);
    }
  }
  void part(bool b, const Tensor& whole, Index first, Index count, bool add) {
    // Where nothing is added what lies there is not looked at.
    constexpr double there = 7;
    Tensor wide = Tensor::matrix(rows, count + 2);
    for (float& value : wide.values<float>())
      value = add ? static_cast<float>(there) : std::numeric_limits<float>::quiet_NaN();
    const View<float> out = wide.view().column_range(1, count);
    if (b)
      connection_.to_b(ends_, weights_.view(), a_.view(), first, out, -0.5F, add);
    else
      connection_.to_a(ends_, weights_.view(), b_.view(), first, out, -0.5F, add);
    for (Index i = 0; i < rows; ++i) {
      for (Index j = 0; j < count; ++j) {
        const double expected = (add ? there : 0) - 0.5 * whole.view<double>()(i, first + j);
        findings_.near(static_cast<double>(out(i, j)), expected, 1e-5 * scale(), [&] {
          return place(fmt::format("{} of {} units from unit {} on{}, row {}, unit {}", b ? "to_b" : "to_a", count,
                                   first + 1, add ? ", added" : "", i + 1, first + j + 1));
        });
      }
      const float before = wide.view()(i, 0), after = wide.view()(i, count + 1);
      findings_.holds(add ? before == there && after == there : std::isnan(before) && std::isnan(after),
                      [&] { return place(fmt::format("row {}: written beside the units asked for", i + 1)); });
    }
  }

  void precisions() {
    for (const bool b : {true, false}) {
      const Tensor precise = to(b, weights64_, b ? a64_ : b64_);
      Tensor plain = Tensor::matrix(rows, precise.columns());
      if (b)
        connection_.to_b(ends_, weights_.view(), a_.view(), 0, plain.view(), 1, false);
      else
        connection_.to_a(ends_, weights_.view(), b_.view(), 0, plain.view(), 1, false);
      for (Index k = 0; k < plain.size(); ++k)
        findings_.near(static_cast<double>(plain.data<float>()[k]), precise.data<double>()[k], 1e-5 * scale(),
                       [&] { return place(fmt::format("{}, value {}", b ? "to_b" : "to_a", k + 1)); });
    }
  }

  void independence() {
    for (const bool b : {true, false}) {
      Tensor moved = b ? a64_ : b64_;
      const Tensor before = to(b, weights64_, moved);
      for (double& value : Span<double>(moved.data<double>() + moved.columns(), moved.columns())) value += 1;
      const Tensor after = to(b, weights64_, moved);
      for (Index i = 0; i < rows; ++i)
        for (Index j = 0; i != 1 && j < before.columns(); ++j)
          findings_.near(after.view<double>()(i, j), before.view<double>()(i, j), 1e-12 * scale(), [&] {
            return place(
                fmt::format("{} of row {} after row 2 has changed, unit {}", b ? "to_b" : "to_a", i + 1, j + 1));
          });
    }
  }

  void panels() {
    struct Received {
      Tensor times, value;
    } received{Tensor::matrix(weights_.rows(), weights_.columns()),
               Tensor::matrix(weights_.rows(), weights_.columns())};
    Tensor gradient = Tensor::matrix(weights_.rows(), weights_.columns());
    const auto take = [](void* closure, View<float> panel, Index first_row, Index first_column) {
      // Panels come from several threads, but never with the same element twice.
      auto& to = *static_cast<Received*>(closure);
      for (Index i = 0; i < panel.rows; ++i)
        for (Index j = 0; j < panel.columns; ++j) {
          to.times.view()(first_row + i, first_column + j) += 1;
          to.value.view()(first_row + i, first_column + j) = panel(i, j);
        }
    };
    connection_.correlate(ends_, a_.view(), b_.view(), 1, gradient.view(), {take, &received});
    for (Index k = 0; k < gradient.size(); ++k) {
      findings_.near(static_cast<double>(received.times.data<float>()[k]), 1, 0,
                     [&] { return place(fmt::format("how often weight {} was received", k + 1)); });
      findings_.near(static_cast<double>(received.value.data<float>()[k]),
                     static_cast<double>(gradient.data<float>()[k]), 0,
                     [&] { return place(fmt::format("weight {} as it was received", k + 1)); });
    }
  }

  void constrained() {
    Tensor again = weights_;
    connection_.constrain(ends_, again.view());
    for (Index k = 0; k < again.size(); ++k)
      findings_.near(static_cast<double>(again.data<float>()[k]), static_cast<double>(weights_.data<float>()[k]), 0,
                     [&] { return place(fmt::format("weight {}", k + 1)); });
  }

  void symmetry() {
    const Index size = ends_.a_size;
    Tensor units = Tensor::of<double>({size, size});
    for (Index i = 0; i < size; ++i) units.view<double>()(i, i) = 1;
    // Row i: what unit i exerts on all.
    const Tensor exerted = to(true, weights64_, units), back = to(false, weights64_, units);
    for (Index i = 0; i < size; ++i)
      for (Index j = 0; j < size; ++j) {
        const double one = exerted.view<double>()(i, j);
        findings_.near(one, exerted.view<double>()(j, i), 1e-12,
                       [&] { return place(fmt::format("units {} and {} and the other way round", i + 1, j + 1)); });
        findings_.near(back.view<double>()(i, j), one, 1e-12,
                       [&] { return place(fmt::format("to_a and to_b of units {} and {}", i + 1, j + 1)); });
        if (i / at_->block == j / at_->block)
          findings_.near(one, 0, 0, [&] { return place(fmt::format("units {} and {} of one block", i + 1, j + 1)); });
      }
    for (Index first = 0; first < size; first += at_->block)
      for (Index count = at_->block; first + count <= size; count += at_->block) {
        Tensor couplings = Tensor::matrix(count, count);
        for (float& value : couplings.values<float>()) value = std::numeric_limits<float>::quiet_NaN();
        connection_.couplings(ends_, weights_.view(), first, couplings.view());
        for (Index i = 0; i < count; ++i)
          for (Index j = 0; j < count; ++j)
            findings_.near(
                static_cast<double>(couplings.view()(i, j)), exerted.view<double>()(first + i, first + j), 1e-6,
                [&] { return place(fmt::format("couplings of units {} and {}", first + i + 1, first + j + 1)); });
      }
  }

  const Connection& connection_;
  Findings& findings_;
  std::vector<Joined> joined_;
  std::string refusal_;
  // Of the layers at hand.
  const Joined* at_ = nullptr;
  Ends ends_;
  Tensor weights_, weights64_, a_, b_, a64_, b64_;
};

}  // namespace

void check_connection(const Handle<Connection>& connection, const Questions& questions, Findings& findings) {
  ConnectionLaws laws(connection, findings);
  laws.find(questions.joins);
  if (laws.any()) laws.check();
}

}  // namespace harmonium::conformance
