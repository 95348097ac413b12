"""A world that is pushed to while a daemon serves it. Pushes go to a copy of the repository, which is made anew each
time, so that the one in the cache stays as it is."""
import contextlib
import os
import shutil
import sqlite3

import children
from monorepo import FastImport, chosen
from world import World


class PushedWorld(World):
    """`commits`: how many come before the newest one, each of which edits a page."""

    def __init__(self, apps, commits=0):
        self._commits = commits
        super().__init__(apps)

    def _cached_as(self):
        return "pushed-%d-%d" % (self.apps, self._commits)

    def _make(self, path):
        super()._make(path)
        if self._commits == 0:
            return
        git = FastImport(os.path.join(path, "repo.git"))
        parent = "refs/heads/main^0"
        for step in range(self._commits):
            edited = self.shape.edit_page(step % self.apps, rev=step + 1)
            parent = git.commit("refs/heads/main", [edited], "page %d" % step, parent=parent)
        git.finish()
        children.run(["git", "-C", os.path.join(path, "repo.git"), "gc", "--quiet"])

    @property
    def live(self):
        return self.at("live.git")

    @contextlib.contextmanager
    def pushable(self):
        """`live` is there, as if nothing had ever been pushed to it."""
        shutil.rmtree(self.live, ignore_errors=True)
        children.run(["git", "clone", "--quiet", "--bare", "--single-branch", "--branch", "main", self.repository,
                      self.live])
        try:
            yield self
        finally:
            shutil.rmtree(self.live, ignore_errors=True)

    def coming(self, count, edits):
        """Commits that nobody has pushed yet, the first one of them on top of main, each with edits(shape, number)."""
        git = FastImport(self.live)
        parent = "refs/heads/main^0"
        for number in range(count):
            parent = git.commit("refs/coming", edits(self.shape, number), "edit %d" % number, parent=parent)
        git.finish()
        commits = children.run(["git", "-C", self.live, "rev-list", "--reverse", "main..refs/coming"]).split()
        children.run(["git", "-C", self.live, "update-ref", "-d", "refs/coming"])
        return commits

    def push(self, commit):
        children.run(["git", "-C", self.live, "update-ref", "refs/heads/main", commit])

    def applied(self):
        """Numbers of the apps that were really applied."""
        return chosen(self.apps, 100)


class Journal:
    """What a daemon has written down, seen from outside."""

    def __init__(self, state):
        self._connection = sqlite3.connect("file:%s?mode=ro" % os.path.join(state, "state.db"), uri=True,
                                           isolation_level=None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._connection.close()

    def number(self, query, *values):
        return self._connection.execute(query, values).fetchone()[0]

    def newest_run(self):
        return self.number("SELECT coalesce(max(id), 0) FROM run")

    def busy(self):
        """Something is to be done or under way."""
        return self.number("SELECT (SELECT count(*) FROM app WHERE dirty) + (SELECT count(*) FROM run WHERE status = "
                           "'running') + (SELECT count(*) FROM source_request WHERE asked > looked)") > 0
