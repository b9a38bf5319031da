#!/bin/bash
# Installs the build, moves the tree, builds the plugin template against it and runs a pipeline that uses it.
#   installed_test.sh cmake build-folder compiler generator
set -euo pipefail
cmake=$1 build=$2 compiler=$3 generator=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset HARMONIUM_PLUGIN_PATH
export HOME=$work/home XDG_DATA_HOME=$work/home/data XDG_CACHE_HOME=$work/home/cache

fail() {
  echo "FAILED: $1"
  exit 1
}
run() { "$@" >"$work/output" 2>&1 || { echo "\$ $*"; cat "$work/output"; fail "exit status not 0"; }; }
expect() { grep -qF -- "$1" "$work/output" || { cat "$work/output"; fail "expected: $1"; }; }

run "$cmake" --install "$build" --prefix "$work/first"
mv "$work/first" "$work/prefix"
prefix=$work/prefix

# The template, copied, built and installed outside both trees.
cp -r "$prefix/share/harmonium/share/templates/plugin" "$work/plugin"
run "$cmake" -G "$generator" -S "$work/plugin" -B "$work/plugin/build" -DCMAKE_PREFIX_PATH="$prefix" \
  -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror"
run "$cmake" --build "$work/plugin/build"
run "$cmake" --install "$work/plugin/build" --prefix "$work/user"

harmonium=$prefix/bin/harmonium
run "$harmonium" plugins --plugin-path "$work/plugin/build"
expect "$work/plugin/build/example-sparsity.so"
expect "example.sparsity"
expect "$prefix/lib/harmonium/1/"
run "$harmonium" inspect example.sparsity --plugin-path "$work/user/lib/harmonium/1"
expect "Values above it count as active."
if "$harmonium" validate "$work/plugin/example.yaml" >"$work/output" 2>&1; then
  fail "a pipeline was accepted although its plugin is not there"
fi
expect "example.sparsity"

run "$harmonium" run "$work/plugin/example.yaml" --plugin-path "$work/plugin/build" --out "$work/run"
expect "sparsity"
expect "75"

# A unit type outside both trees, checked by the installed kit through CTest; and one that breaks a law.
cp -r "$prefix/share/harmonium/share/templates/units" "$work/units"
build_units() {
  run "$cmake" -G "$generator" -S "$work/units" -B "$work/units/build" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS="-Wall -Wextra -Werror"
  run "$cmake" --build "$work/units/build"
}
build_units
run "$(dirname "$cmake")/ctest" --test-dir "$work/units/build" --output-on-failure
expect "Conformance.example.ternary"
expect "100% tests passed, 0 tests failed out of 1"
sed -i 's/presence - z - top) \/ sum/presence - z - top)/' "$work/units/ternary.cpp"
build_units
if "$(dirname "$cmake")/ctest" --test-dir "$work/units/build" --output-on-failure >"$work/output" 2>&1; then
  fail "probabilities that do not sum to one were not noticed"
fi
expect "FAILED mean is the expectation of x"

# A pipeline that ships finds its data in the installed tree.
run "$harmonium" validate "$prefix/share/harmonium/pipelines/digits-rbm.yaml"
expect "ok"
[ -s "$prefix/share/harmonium/share/schema/pipeline.json" ] || fail "the schema is not installed"
