#!/bin/bash
# Makes the Debian package, installs it below a folder of its own, runs the demo from there and removes it.
#   package_test.sh cpack build-folder
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "skipped: only root may install packages"; exit 77; }
cpack=$1 build=$2
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

run "$cpack" --config "$build/CPackConfig.cmake" -B "$work/made"
package=$(echo "$work"/made/*.deb)
run dpkg-deb --field "$package" Depends
expect libopenblas
expect libfmt

# A folder that dpkg takes for the root of a system in which all that is depended on is there.
root=$work/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
touch "$root/var/lib/dpkg/status"
on_root() { run dpkg --root="$root" --log="$work/log" --force-depends --force-script-chrootless "$@"; }
content() { (cd "$root" && find . -path ./var/lib/dpkg -prune -o -print | sort); }
content >"$work/before"
on_root --install "$package"

cd "$work"
run "$root/usr/bin/harmonium" run "$root/usr/share/harmonium/pipelines/digits-dbn.yaml" \
  --param 'splits=[1]' --param pretraining=2 --param tuning=2
expect "fine_tuned: "
expect "runs/digits-dbn/"
[ -s "$work/runs/digits-dbn/latest/report.html" ] || fail "the demo made no report"
for page in "$root"/usr/bin/* harmonium-run; do
  page=$root/usr/share/man/man1/$(basename "$page").1
  [ -s "$page" ] || [ -s "$page.gz" ] || fail "there is no $page"
done

on_root --purge harmonium
content >"$work/after"
diff "$work/before" "$work/after" || fail "something was left behind"
