#include <set>

#include "conformance/unit_laws.hpp"
#include "harmonium/errors.hpp"
#include "harmonium/network.hpp"
#include "harmonium/registry.hpp"
#include "plugin/registry.hpp"

namespace harmonium::conformance {

UnitLaws::UnitLaws(const Handle<Units>& units, const Questions& questions, Findings& findings)
    : type_(units.type()), handle_(units), units_(*units), findings_(findings) {
  find_size();
  block_ = units_.block(size_);
  random_ = parameters_from(0.5, 3);
  if (!units_.exact()) return;
  states_ = States::find(units_, size_, theta_from(random_, 1).view(), questions.states);
  fmt::print("states: {}\n", states_.text());
}

void UnitLaws::check() {
  if (units_.exact()) make_cases();
  of_parameters();
  if (units_.exact()) {
    if (can_be_summed()) {
      of_sums();
      of_derivatives();
      of_draws();
      of_statistics();
    }
    of_tails();
  } else {
    fmt::print("the units are approximate: the laws of A, which they do not have, are not theirs\n");
    of_approximate_draws();
  }
  of_pairs();
  of_extremes();
  of_independence();
  of_memory();
  of_data();
}

void UnitLaws::find_size() {
  constexpr Index most = 64;
  Index one_block = 0;
  for (Index size = 6; size <= most; ++size) {
    const Index block = units_.block(size);
    if (block <= 0 || size % block != 0) continue;
    if (size / block >= 2) {
      size_ = size;
      return;
    }
    if (one_block == 0) one_block = units_.block(4) == 4 ? 4 : size;
  }
  if (one_block == 0)
    throw Error(Exit::usage, "no layer of up to 64 units can be cut into blocks of these: give smaller ones by --with");
  size_ = one_block;
}

Tensor UnitLaws::parameters_from(double deviation, std::uint64_t seed) const {
  const Span<const UnitParameter> kinds = units_.parameters();
  Tensor parameters = Tensor::matrix(kinds.size, size_);
  normal(Stream{seed}, parameters.view());
  for (Index k = 0; k < kinds.size; ++k)
    for (float& value : parameters.view().row(k))
      value = static_cast<float>(kinds[k].initial + deviation * static_cast<double>(value));
  return parameters;
}

Tensor UnitLaws::theta_from(const Tensor& parameters, double beta) const {
  Tensor theta = Tensor::matrix(units_.statistics(), size_);
  units_.natural(parameters.view(), theta.view());
  for (float& value : theta.values<float>()) value *= static_cast<float>(beta);
  return theta;
}

Tensor UnitLaws::sweep_of_inputs() const {
  const double most = units_.tail() == Tail::factorial ? 2 : 6;
  const std::vector<double> sweep = {-6, -2, -0.5, 0, 0.5, most / 3, most};
  constexpr Index random_rows = 3;
  Tensor input = Tensor::matrix(static_cast<Index>(sweep.size()) + random_rows, size_);
  normal(Stream{5}, input.view());
  for (std::size_t i = 0; i < sweep.size(); ++i)
    std::fill_n(input.view().row(static_cast<Index>(i)).data, size_, static_cast<float>(sweep[i]));
  return input;
}

void UnitLaws::make_cases() {
  for (const double deviation : {0.0, 0.5})
    for (const double beta : {1.0, 0.5, 2.0}) {
      Case one;
      one.beta = beta;
      one.theta = theta_from(deviation == 0 ? parameters_from(0, 3) : random_, beta);
      one.theta64 = as_double(one.theta);
      one.input = sweep_of_inputs();
      for (float& value : one.input.values<float>()) value *= static_cast<float>(beta);
      one.input64 = as_double(one.input);
      cases_.push_back(std::move(one));
    }
}

void UnitLaws::of_parameters() {
  findings_.law("parameters() have names of their own and finite initial values, from which natural() is finite", [&] {
    std::set<std::string> names;
    for (const UnitParameter& one : units_.parameters()) {
      findings_.holds(one.name.size > 0 && names.insert(one.name.str()).second,
                      [&] { return fmt::format("'{}' is no name of one parameter", one.name.view()); });
      findings_.holds(std::isfinite(one.initial) && one.rate_scale > 0, [&] {
        return fmt::format("'{}' begins at {} and learns at {} times the rate", one.name.view(), one.initial,
                           one.rate_scale);
      });
    }
    findings_.holds(units_.statistics() >= 1 && units_.usual_rate() > 0,
                    [&] { return std::string("statistics() must be at least 1 and usual_rate() above 0"); });
    const Tensor theta = theta_from(random_, 1);
    for (const float value : theta.values<float>())
      findings_.holds(std::isfinite(value), [&] { return fmt::format("natural() gives {}", value); });
  });
  findings_.law("chain() is the chain rule of natural()", [&] {
    const Index kinds = units_.parameters().size;
    Tensor weights = Tensor::matrix(units_.statistics(), size_), gradient = Tensor::matrix(kinds, size_);
    normal(Stream{8}, weights.view());
    units_.chain(random_.view(), as_double(weights).view<double>(), gradient.view());
    // theta is in float: the step balances its rounding, 1e-7 / step, and what the third derivative adds, step^2 / 6.
    constexpr double step = 1.0 / 128;
    for (Index k = 0; k < kinds; ++k)
      for (Index j = 0; j < size_; ++j) {
        double slope = 0, scale = 1;
        for (const double sign : {-1.0, 1.0}) {
          Tensor moved = random_;
          moved.view()(k, j) += static_cast<float>(sign * step);
          const Tensor theta = theta_from(moved, 1);
          for (Index s = 0; s < theta.rows(); ++s) {
            const double term = static_cast<double>(theta.view()(s, j)) * static_cast<double>(weights.view()(s, j));
            slope += sign * term / (2 * step);
            scale += std::abs(term);
          }
        }
        findings_.near(static_cast<double>(gradient.view()(k, j)), slope, 1e-3 * scale, [&] {
          return fmt::format("parameter '{}' of unit {}", units_.parameters()[k].name.view(), j + 1);
        });
      }
  });
}

void UnitLaws::of_tails() {
  findings_.law("values() says which values are states", [&] {
    Values found = Values::line;
    switch (states_.kind()) {
      case States::Kind::listed:
        found = Values::listed;
        break;
      case States::Kind::counts:
        found = Values::counts;
        break;
      case States::Kind::half_line:
        found = Values::half_line;
        break;
      case States::Kind::real_line:
        break;
    }
    // Units of states() that end are listed, or counts that need no list.
    const bool counts_that_end = found == Values::listed && units_.values() == Values::counts && block_ == 1 &&
                                 states_.listed().front() == 0 && units_.states().empty();
    findings_.holds(units_.values() == found || counts_that_end,
                    [&] { return "declared as others, but the states are " + states_.text(); });
    if (units_.values() != Values::listed || found != Values::listed || block_ > 1) return;
    const Span<const double> few = units_.states();
    const std::vector<double> declared(few.begin(), few.end());
    findings_.holds(
        few.empty() ? states_.listed().front() >= 0 && states_.listed().back() <= 1 : declared == states_.listed(),
        [&] { return "states() lists others, but the states are " + states_.text(); });
  });
  findings_.law("tail() says how fast h falls", [&] {
    const Tail tail = units_.tail();
    if (tail == Tail::bounded) {
      findings_.holds(states_.finite(), [&] { return "declared bounded, but the states are " + states_.text(); });
    } else {
      findings_.holds(!states_.finite(), [&] { return "declared unbounded, but the states are " + states_.text(); });
      // -log h and what theta adds to it, far out: at least x log x / 2, or a share of x^2.
      const Case& one = cases_.front();
      for (const double x : {1e4, 1e5}) {
        const double energy = -States::scores(units_, one.theta64.view<double>().column_range(0, block_),
                                              std::vector<double>(static_cast<std::size_t>(block_), 0.0), {x})[0];
        const double least = tail == Tail::quadratic ? 1e-4 * x * x : x * std::log(x) / 2;
        findings_.holds(energy >= least, [&] {
          return fmt::format("the energy at x = {:g} is {:.4g}, less than the {:.4g} that such a tail has", x, energy,
                             least);
        });
      }
    }
  });
}

void UnitLaws::of_pairs() {
  findings_.law(
      "layers are joined to others where the sum over states has a bound, and else refused with the reason", [&] {
        for (const auto& [name, type] : Registry::instance().types()) {
          if (type.contract != Units::kind) continue;
          Handle<Units> other = handle_;
          try {
            if (name != type_) other = make_value<Units>(name);
          } catch (const Error&) {
            continue;  // a type with parameters that must be given
          }
          const Tail tails[] = {units_.tail(), other->tail()};
          const bool bounded = tails[0] == Tail::bounded || tails[1] == Tail::bounded;
          const bool factorial = tails[0] == Tail::factorial || tails[1] == Tail::factorial;
          for (const bool first : {true, false}) {
            const std::string reason = refusal_of(first ? handle_ : other, first ? other : handle_);
            findings_.holds(reason.empty() != (factorial && !bounded), [&, &name = name] {
              return reason.empty()
                         ? fmt::format("{} and {} are joined, though nothing bounds the sum over states", type_, name)
                         : fmt::format("{} and {} are not joined: {}", type_, name, reason);
            });
            if (!reason.empty()) findings_.note(fmt::format("not to {}", name));
          }
        }
      });
}

std::string UnitLaws::refusal_of(const Handle<Units>& a, const Handle<Units>& b) {
  const auto size_for = [](const Handle<Units>& units) {
    Index size = 1;
    while (units->block(size) <= 0 || size % units->block(size) != 0) ++size;
    return size;
  };
  Network pair;
  pair.add({"one", a, size_for(a), {}, true, "features", {}});
  pair.add({"other", b, size_for(b), {}, false, "", {}});
  try {
    pair.connect(make_value<Connection>("connection.dense"), 0, 1);
  } catch (const BadPipeline& error) {
    const std::string reason = error.what();
    return reason.empty() ? "no reason is given" : reason;
  }
  return "";
}

void check_units(const Handle<Units>& units, const Questions& questions, Findings& findings) {
  UnitLaws(units, questions, findings).check();
}

}  // namespace harmonium::conformance
