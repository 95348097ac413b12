"""A repository of N apps, configurations that follow its branches, and a state directory in which all apps of `main`
are applied. Made once and only read by the measured commands."""
import os
import shutil

import cache
import children
import configuration
import engine
from monorepo import AppShape, chosen, make_monorepo
from settled_store import settle

BRANCHES = ("main", "manifest1", "manifest100", "page1", "page100", "add1", "delete1", "aside")


class World:
    def __init__(self, apps, layout="shard"):
        self.apps = apps
        self.shape = AppShape(layout)
        self.path = cache.made_once(self._cached_as(), self._make)

    def _cached_as(self):
        return "world-%s-%d" % (self.shape.layout, self.apps)

    def at(self, *names):
        return os.path.join(self.path, *names)

    @property
    def repository(self):
        return self.at("repo.git")

    def configuration(self, name="main", **changes):
        """Path of a reconciler.yaml; `changes`: url, branch, path."""
        values = {"url": self.repository, "branch": name, "path": ".", **changes}
        return configuration.write(self.at(name + ".yaml"), [configuration.source(**values)], self.at("patterns"))

    def settled(self, name="state", written=None):
        """The state directory `name`, in which every app of `main` is applied; `written`: the configuration for it."""
        state, written = self.at(name), written or self.configuration()
        if not self._is_settled(state, written):
            self._settle(state, written)
            if not self._is_settled(state, written):
                raise RuntimeError("the store in %s is not settled: a pass finds something to do" % state)
        return state

    def scratch(self, name):
        """An empty state directory."""
        path = self.at("scratch", name)
        shutil.rmtree(path, ignore_errors=True)
        os.makedirs(path, mode=0o700)
        return path

    def _make(self, path):
        make_monorepo(os.path.join(path, "repo.git"), self.apps, self.shape)
        shutil.copytree(os.path.join(cache.ROOT, "patterns"), os.path.join(path, "patterns"))

    def _is_settled(self, state, written):
        if not os.path.exists(os.path.join(state, "state.db")):
            return False
        try:
            stats = engine.report(written, state, "reconcile", "--dry-run")["stats"]
        except children.ChildFailed:
            return False
        return stats["appsPlanned"] == 0 and stats["manifestsParsed"] == 0

    def _settle(self, state, written):
        cache.say("applying %d apps in %s" % (self.apps, state))
        shutil.rmtree(state, ignore_errors=True)
        os.makedirs(state, mode=0o700)
        names = [AppShape.name(i) for i in chosen(self.apps, 100)]
        children.run(engine.command(written, state, "reconcile", *names))
        settle(os.path.join(state, "state.db"), names)
