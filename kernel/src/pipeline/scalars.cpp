#include "pipeline/scalars.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace harmonium::pipeline {
namespace {

bool digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text;
}

/// [0-9]+ (\.[0-9]*)? | \.[0-9]+, then ([eE][-+]?[0-9]+)?
bool decimal(std::string_view text) {
  const auto exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos && !digits(without_sign(text.substr(exponent + 1)))) return false;
  const std::string_view mantissa = text.substr(0, exponent);
  const auto point = mantissa.find('.');
  if (point == std::string_view::npos) return digits(mantissa);
  const std::string_view whole = mantissa.substr(0, point), fraction = mantissa.substr(point + 1);
  return (whole.empty() || digits(whole)) && (fraction.empty() || digits(fraction)) &&
         !(whole.empty() && fraction.empty());
}

}  // namespace

std::optional<bool> as_boolean(const Tree& tree) {
  if (!tree.is_scalar() || tree.quoted) return {};
  if (tree.text == "true" || tree.text == "True" || tree.text == "TRUE") return true;
  if (tree.text == "false" || tree.text == "False" || tree.text == "FALSE") return false;
  return {};
}

std::optional<std::int64_t> as_integer(const Tree& tree) {
  if (!tree.is_scalar() || tree.quoted) return {};
  std::string_view text = tree.text;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(2);
    if (text.starts_with('-')) return {};
  } else if (!digits(without_sign(text))) {
    return {};
  } else if (text[0] == '+') {
    text.remove_prefix(1);
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> as_real(const Tree& tree) {
  if (!tree.is_scalar() || tree.quoted) return {};
  const std::string_view text = tree.text, body = without_sign(text);
  const bool negative = text.starts_with('-');
  if (body == ".inf" || body == ".Inf" || body == ".INF") {
    const double infinity = std::numeric_limits<double>::infinity();
    return negative ? -infinity : infinity;
  }
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::nan("");
  if (!decimal(body)) {
    if (!text.starts_with("0x") && !text.starts_with("0o")) return {};
    const auto integer = as_integer(tree);
    return integer ? std::optional<double>(static_cast<double>(*integer)) : std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), value);
  // Too large is infinite, too small is zero, as reading digit by digit would give.
  if (error == std::errc::result_out_of_range) {
    const auto exponent = body.find_first_of("eE");
    const bool tiny = exponent != std::string_view::npos && body[exponent + 1] == '-';
    value = tiny ? 0.0 : std::numeric_limits<double>::infinity();
  }
  return negative ? -value : value;
}

bool is_null(const Tree& tree) {
  return tree.is_null() ||
         (tree.is_scalar() && !tree.quoted &&
          (tree.text.empty() || tree.text == "~" || tree.text == "null" || tree.text == "Null" || tree.text == "NULL"));
}

}  // namespace harmonium::pipeline
