"""The program that is measured: where it is, how it is called, what it counts."""
import json
import os

import cache
import children


def binary():
    path = os.environ.get("TFGRID_COMPOSE_BINARY") or os.path.join(
        cache.ROOT, "build", "release", "bin", "tfgrid-compose")
    if not os.access(path, os.X_OK):
        raise SystemExit("there is no %s; build it first: cmake --preset release && cmake --build --preset release "
                         "--target tfgrid-compose (or set TFGRID_COMPOSE_BINARY)" % path)
    return os.path.abspath(path)


def command(configuration, state, *words):
    return [binary(), "--config", configuration, "--state-dir", state, *words]


def report(configuration, state, *words, accept=(0,)):
    """The document that a command prints with -o json --stats."""
    return json.loads(children.run(command(configuration, state, *words, "-o", "json", "--stats"), accept=accept))
