#!/bin/sh
# Once per host, and again when files change: checks what the app needs. Safe to repeat.
set -eu
for program in python3; do
  if ! command -v "$program" >/dev/null; then
    echo "$program is missing: apt-get install $program" >&2
    exit 1
  fi
done
echo "ready"
