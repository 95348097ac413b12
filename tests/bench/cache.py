"""Where generated repositories, stores and yardsticks are kept: outside the checkout, made once per set of
parameters. One bench at a time uses it."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GENERATORS = ["tests/support/monorepo.py", "tests/support/settled_store.py", "tests/bench/world.py",
              "tests/bench/configuration.py",
              "tests/bench/edges.py", "tests/bench/pushed.py", "tests/bench/polled.py"]


def directory():
    return os.environ.get("TFGRID_COMPOSE_BENCH_CACHE") or "/var/tmp/tfgrid-compose-bench"


def _generators_digest():
    digest = hashlib.sha256()
    for name in GENERATORS:
        with open(os.path.join(ROOT, name), "rb") as f:
            digest.update(f.read())
    return digest.hexdigest()[:10]


def say(text):
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def lock():
    os.makedirs(directory(), exist_ok=True)
    with open(os.path.join(directory(), "lock"), "w", encoding="ascii") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another bench is running; waiting for it")
            fcntl.flock(f, fcntl.LOCK_EX)
        yield


def made_once(name, make):
    """The directory `name`, filled by make(path) when it is not there whole."""
    path = os.path.join(directory(), "%s-%s" % (name, _generators_digest()))
    whole = os.path.join(path, ".whole")
    if not os.path.exists(whole):
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path)
        say("making %s" % path)
        make(path)
        with open(whole, "w", encoding="ascii"):
            pass
    return path
