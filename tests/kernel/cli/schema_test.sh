#!/bin/bash
# Editors read the schema in the tree; it is generated, so it must be that of the plugins as they are.
#   schema_test.sh committed generated
if ! diff "$1" "$2" >/dev/null; then
  diff "$1" "$2" | head -40
  echo "The schema has changed. If it was meant to: cp $2 $1"
  exit 1
fi
