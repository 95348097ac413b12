"""A repository of many small apps, all of them applied, in a temporary directory; and passes over its branches, as
counted by the engine itself."""
import contextlib
import os
import re
import shutil
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
sys.dont_write_bytecode = True
from monorepo import AppShape, chosen, make_monorepo  # noqa: E402
from settled_store import settle  # noqa: E402
from workbench import ROOT, Workbench  # noqa: E402

# The labels of --stats. The text is read here, because a document lists all apps, which takes its time.
COUNTERS = {"remote queries", "fetches", "objects read", "trees read", "manifests parsed", "apps planned",
            "rows written", "durable commits", "processes started", "connections"}


MANY = 20  # Apps that the branches manifest20 and page20 change.

_CONFIGURATION = """sources:
  - {name: apps, url: %s, branch: %s, environment: test}
environments:
  test: {provider: local}
patterns: [%s]
"""


class Pass:
    """What one `reconcile` printed. `counted`: by the labels above; `apps`: those that the report shows."""

    def __init__(self, text):
        self.text = text
        work = text[text.rindex("Work done:"):]
        self.counted = {label: int(number) for number, label in re.findall(r"^ +(\d+)  (.+)$", work, re.MULTILINE)}
        missing = COUNTERS - set(self.counted)
        if missing:
            raise AssertionError("--stats no longer says %s:\n%s" % (", ".join(sorted(missing)), work))
        self.apps = re.findall(r"^test/(\S+)  ", text, re.MULTILINE)
        actions = re.search(r"^(?:Plan|Applied): .*?(\d+) actions?\b", text, re.MULTILINE)
        self.actions = int(actions.group(1)) if actions else 0

    def __getitem__(self, label):
        return self.counted[label]


class SettledWorld:
    """All apps of the branch `main` are applied; those that other branches change really were."""

    def __init__(self, apps, layout):
        self.apps = apps
        self.shape = AppShape(layout, brief=True)
        self.changed = [AppShape.name(i) for i in chosen(apps, MANY)]
        self.bench = Workbench("sources: []\n")
        try:
            self._make()
        except BaseException:
            self.remove()
            raise

    def _make(self):
        started = time.monotonic()
        make_monorepo(self.bench.at("monorepo.git"), self.apps, self.shape, MANY)
        shutil.copytree(os.path.join(ROOT, "patterns"), self.bench.at("patterns"))
        made = time.monotonic()
        self.first = self.reconcile("main", *self.changed)
        read = time.monotonic()
        settle(self.bench.at("state", "state.db"), self.changed, journal=False)
        print("%d apps, %s: made in %.1f s, read in %.1f s, settled in %.1f s" % (
            self.apps, self.shape.layout, made - started, read - made, time.monotonic() - read),
            file=sys.stderr, flush=True)

    def remove(self):
        self.bench.remove()

    def reconcile(self, branch, *words):
        self.bench.configure(_CONFIGURATION % (self.bench.at("monorepo.git"), branch, self.bench.at("patterns")))
        return Pass(self.bench.text("reconcile", "--stats", *words))

    def dry_run(self, branch):
        return self.reconcile(branch, "--dry-run")

    @contextlib.contextmanager
    def forgotten_tip(self):
        """Meanwhile the store's last commit and tree are nowhere, as after a force-push and a `git gc`."""
        row = self._source_row()
        self._write_source(bytes([0x11] * 20), bytes([0x22] * 20))
        try:
            yield
        finally:
            self._write_source(*row)

    def _source_row(self):
        with contextlib.closing(sqlite3.connect(self.bench.at("state", "state.db"))) as connection:
            return connection.execute("SELECT revision_commit, tree FROM source").fetchone()

    def _write_source(self, commit, tree):
        with contextlib.closing(sqlite3.connect(self.bench.at("state", "state.db"))) as connection, connection:
            connection.execute("UPDATE source SET revision_commit = ?, tree = ?", (commit, tree))
