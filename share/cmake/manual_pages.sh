#!/bin/sh
# manual_pages.sh HELP2MAN PROGRAM CONFORMANCE VERSION FOLDER: writes the pages of both programs and, of each verb of the
# first, harmonium-VERB.1
set -eu
help2man=$1 program=$2 conformance=$3 version=$4 folder=$5
mkdir -p "$folder"
# pages SAYS [VERB...]: the page of a verb and those of the verbs below it. Examples stay as they stand.
pages() {
  says=$1
  shift
  name=$(echo "harmonium $*" | sed 's/ *$//; s/ /-/g')
  "$program" "$@" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) *\(.*\)/\1 \2/p' |
    while read -r verb about; do pages "$about" "$@" "$verb"; done
  "$help2man" --no-info --version-string="$version" --name="$says" --help-option="$* --help" \
    --output="$folder/$name.new" "$program"
  sed -i -e '/^\.SH EXAMPLES*$/{n;s/$/\n.nf/;}' -e "s/^\.TH HARMONIUM/.TH $(echo "$name" | tr a-z A-Z)/" \
    -e "s/^harmonium \\\\- /$name \\\\- /" "$folder/$name.new"
  mv "$folder/$name.new" "$folder/$name.1"
}
"$help2man" --no-info --version-string="$version" --name="checks a type of a plugin against the laws of its contract" \
  --output="$folder/harmonium-conformance.1" "$conformance"
pages "energy-based models of the Boltzmann family"
