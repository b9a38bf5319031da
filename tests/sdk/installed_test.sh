#!/bin/bash
# Installs the build, moves the tree, and does with it what authors of plugins do: every template and the tutorial.
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

harmonium=$prefix/bin/harmonium
ctest=$(dirname "$cmake")/ctest
# CMake takes all of it from the environment, and finds Harmonium beside the program.
export PATH=$prefix/bin:$(dirname "$cmake"):$PATH HARMONIUM_STORE=$work/store
export CXX=$compiler CMAKE_GENERATOR=$generator CXXFLAGS="-Wall -Wextra -Wpedantic -Wshadow -Werror"

# What `new plugin` writes of each kind builds, passes its tests and runs, outside both trees.
try_kind() {
  local kind=$1 folder=$work/own-$1
  harmonium new plugin "own-$kind" --kind "$kind" --out "$folder" &&
    cmake -S "$folder" -B "$folder/build" && cmake --build "$folder/build" &&
    ctest --test-dir "$folder/build" --output-on-failure --no-tests=error &&
    harmonium run "$folder/own-$kind.yaml" --plugin-path "$folder/build" --out "$work/run-$kind"
}
kinds=(units sampler trainer reader evaluator model)
declare -A tried
for kind in "${kinds[@]}"; do
  try_kind "$kind" >"$work/$kind.log" 2>&1 &
  tried[$kind]=$!
done
for kind in "${kinds[@]}"; do
  wait "${tried[$kind]}" || { cat "$work/$kind.log"; fail "the template of kind $kind"; }
  [ -s "$work/run-$kind/report.html" ] || fail "the pipeline of kind $kind leaves no report"
done

plugin=$work/own-evaluator
run cmake --install "$plugin/build" --prefix "$work/user"
run "$harmonium" plugins --plugin-path "$plugin/build"
expect "$plugin/build/own-evaluator.so"
expect "own-evaluator.sparsity"
expect "$prefix/lib/harmonium/1/"
run "$harmonium" inspect own-evaluator.sparsity --plugin-path "$work/user/lib/harmonium/1"
expect "Values above it count as active."
if "$harmonium" validate "$plugin/own-evaluator.yaml" >"$work/output" 2>&1; then
  fail "a pipeline was accepted although its plugin is not there"
fi
expect "own-evaluator.sparsity"

# Their tests fail where they should: a unit type that breaks a law, a pipeline that prints something else.
sed -i 's/presence - z - top) \/ sum/presence - z - top)/' "$work/own-units/own-units.cpp"
run cmake --build "$work/own-units/build"
if "$ctest" --test-dir "$work/own-units/build" --output-on-failure >"$work/output" 2>&1; then
  fail "probabilities that do not sum to one were not noticed"
fi
expect "FAILED mean is the expectation of x"
echo 1,1,1 >>"$plugin/codes.csv"
if "$ctest" --test-dir "$plugin/build" --output-on-failure >"$work/output" 2>&1; then
  fail "another table was not noticed"
fi
expect "expected:"

# The tutorial as it stands. Blocks that name a file make it, one after the other; those of the shell are run; `text` is
# among what the last of these printed, numbers and the room between words aside.
words() { sed -E 's/[0-9]+(\.[0-9]+)?/#/g; s/^[ \t#\/]*Test +##?: //; s/ +\.+ +/ /; s/ +/ /g; s/^ | $//g'; }
run_block() {  # language, file or what is said, text
  case $1 in
    sh)
      if (cd "$work/tutorial" && bash -euo pipefail -c "$3") >"$work/output" 2>&1; then
        [ "$2" != fails ] || { cat "$work/output"; fail "the tutorial says that this fails: $3"; }
      else
        [ "$2" = fails ] || { cat "$work/output"; fail "the tutorial: $3"; }
      fi
      ;;
    text)
      words <"$work/output" >"$work/printed"
      while IFS= read -r line; do
        grep -qF -- "$line" "$work/printed" || { cat "$work/output"; fail "the tutorial says that this is printed: $line"; }
      done < <(printf '%s' "$3" | words)
      ;;
    cpp | cmake | yaml)
      # The first block takes the place of what `new plugin` wrote.
      [ -n "${begun[$2]:-}" ] || : >"$work/tutorial/$2"
      begun[$2]=1
      printf '%s' "$3" >>"$work/tutorial/$2"
      ;;
    *) fail "the tutorial has a block of an unknown kind: $1" ;;
  esac
}
mkdir "$work/tutorial"
declare -A begun
language="" text="" blocks=0
while IFS= read -r line; do
  if [[ $line != '```'* ]]; then
    text+=$line$'\n'
  elif [ -z "$language" ]; then
    read -r language said <<<"${line#'```'} "
    text=""
  else
    run_block "$language" "$said" "$text"
    language="" blocks=$((blocks + 1))
  fi
done <"$prefix/share/harmonium/share/doc/tutorial.md"
[ "$blocks" -ge 15 ] || fail "of the tutorial's blocks only $blocks were found"

# A pipeline that ships finds its data in the installed tree.
run "$harmonium" validate "$prefix/share/harmonium/pipelines/digits-rbm.yaml"
expect "ok"
[ -s "$prefix/share/harmonium/share/schema/pipeline.json" ] || fail "the schema is not installed"
