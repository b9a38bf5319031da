#!/bin/bash
# What the kernel's library and plugins show to the linker: nothing but what is meant to be used.
#   symbols_test.sh libharmonium.so folder-with-plugins...
set -euo pipefail
kernel=$1
shift

# Sanitizers add symbols of their own.
exported() { nm -D --defined-only --demangle "$1" | sed -E 's/^[0-9a-f]* +[A-Za-z] //' | grep -vE '^(__)?(asan|ubsan|odr_asan)' || true; }

failed=0
if extra=$(exported "$kernel" | grep -vE '^((typeinfo( name)?|vtable) for )?harmonium::'); then
  echo "$kernel exports more than harmonium::"
  echo "$extra"
  failed=1
fi
plugins=0
for plugin in $(find "$@" -name '*.so'); do
  plugins=$((plugins + 1))
  if [ "$(exported "$plugin")" != harmonium_plugin ]; then
    echo "$plugin exports more, or less, than harmonium_plugin:"
    exported "$plugin"
    failed=1
  fi
done
if [ $plugins = 0 ]; then
  echo "no plugin was found in $*"
  failed=1
fi
exit $failed
