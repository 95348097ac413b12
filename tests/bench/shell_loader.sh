#!/usr/bin/env bash
# A yardstick: loads and checks every manifest below a directory as a shell script does it without a YAML parser, one
# small program for each key. 25 programs for each app, as many as the bash tool's loader was seen to start.
set -uo pipefail

top() { grep -E "^$2:" "$1" | head -n 1 | cut -d: -f2- | tr -d ' "'; }
nested() { awk -v section="$2:" -v key="$3:" '$0 == section {s = 1; next} /^[^ #]/ {s = 0} s && $1 == key {print $2; exit}' "$1"; }

find "$1" -name tfgrid-compose.yaml | while read -r manifest; do
  folder=$(dirname "$manifest")
  name=$(top "$manifest" name)
  version=$(top "$manifest" version)
  pattern=$(nested "$manifest" patterns recommended)
  supported=$(grep -A10 '^patterns:' "$manifest" | grep -c -- "- $pattern")
  for hook in setup configure healthcheck; do
    script=$(nested "$manifest" hooks "$hook")
    [ -f "$folder/$script" ] || printf '%s: no %s\n' "$name" "$script"
  done
  ports=$(sed -n '/^  ports:/,/^[^ ]/s/^ *- \([0-9]*\):.*/\1/p' "$manifest")
  network=$(nested "$manifest" network prefer)
  cpu=$(nested "$manifest" status check_interval)
  [ -n "$name$version$ports$network$cpu" ] && [ "$supported" -gt 0 ] || printf '%s: incomplete\n' "$manifest"
done
