#pragma once

#include <cstdint>
#include <optional>

#include "pipeline/tree.hpp"

namespace harmonium::pipeline {

/// What a plain scalar is by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2, section 10.3); nothing where it
/// is something else. Quoted scalars are text and nothing else: `no` and `1_000` are text as well.
std::optional<bool> as_boolean(const Tree& tree);
/// Nothing, too, where it does not fit into 64 bits.
std::optional<std::int64_t> as_integer(const Tree& tree);
/// Integers are numbers too. May be infinite or not a number, as written.
std::optional<double> as_real(const Tree& tree);
/// Nothing at all, `null` or `~`.
bool is_null(const Tree& tree);

}  // namespace harmonium::pipeline
