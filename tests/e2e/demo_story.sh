#!/usr/bin/env bash
# scripts/demo must work, work again while its apps run, and leave nothing behind when it is cleaned.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
: "${TFGRID_COMPOSE_BINARY:?set it to the built tfgrid-compose}"
dir=$(mktemp -d /var/tmp/tfgrid-compose-story-XXXXXX)
rmdir "$dir" # the demo makes it

# Two free ports beside each other.
port=$(python3 -c '
import socket
for port in range(28080, 29000, 2):
    try:
        for p in (port, port + 1):
            with socket.socket() as s:
                s.bind(("127.0.0.1", p))
        print(port)
        break
    except OSError:
        pass
')

demo() { "$root/scripts/demo" --no-setup --dir "$dir" --port "${port:?no free ports}" "$@"; }
fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
finish() {
  status=$?
  if [ -e "$dir" ]; then demo --clean >/dev/null 2>&1 || rm -rf "$dir"; fi
  exit "$status"
}
trap finish EXIT

# Processes whose command line or working directory lies in the demo's directory.
left_behind() {
  python3 - "$dir" <<'PYTHON'
import os, sys
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        words = open("/proc/%s/cmdline" % pid, "rb").read().replace(b"\0", b" ").decode(errors="replace")
        if int(pid) != os.getpid() and (sys.argv[1] in words or os.readlink("/proc/%s/cwd" % pid).startswith(sys.argv[1])):
            print(pid, words)
    except OSError:
        pass
PYTHON
}

printf -- '--- first run\n'
demo
printf -- '--- second run, while the apps of the first are running\n'
demo >/dev/null
curl -fsS --max-time 5 "http://127.0.0.1:$port/" >/dev/null || fail "the site does not answer after the demo"
printf -- '--- clean\n'
demo --clean
[ ! -e "$dir" ] || fail "$dir is still there"
for p in "$port" "$((port + 1))"; do
  if curl -s --max-time 2 "http://127.0.0.1:$p/" >/dev/null; then fail "something still answers at port $p"; fi
done
left=$(left_behind)
[ -z "$left" ] || fail "processes are left: $left"
demo --clean # nothing there is no error
