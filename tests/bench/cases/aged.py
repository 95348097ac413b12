"""A mirror with a long life: two thousand fetches of one commit each, done by the engine itself, and ten snapshots of
every app; against a mirror of the same repository that was fetched once. Over HTTP, from a server on loopback."""
import contextlib
import hashlib
import os
import shutil
import sqlite3

import cache
import children
import configuration
import engine
import outcome
import rounds
from git_server import FIXED_PORT, GitServer
from monorepo import AppShape, FastImport, chosen
from settled_store import settle
from world import World

FETCHES = int(os.environ.get("TFGRID_COMPOSE_BENCH_FETCHES", "2000"))
SNAPSHOTS = 10
LIVES = ("aged", "fresh")


class Lives:
    """One repository with a branch for each life, and a settled state for each."""

    def __init__(self, apps):
        self.apps = apps
        self.path = cache.made_once("lives-%d-%d" % (apps, FETCHES), self._make)

    @property
    def repository(self):
        return os.path.join(self.path, "repo.git")

    def server(self):
        return GitServer(self.path, FIXED_PORT)

    def argv(self, life, *words):
        return engine.command(os.path.join(self.path, life + ".yaml"), os.path.join(self.path, life),
                              "reconcile", *words)

    def push(self, branch):
        """One more commit on a branch, which edits the manifest of an app that was really applied."""
        commits = int(children.run(["git", "-C", self.repository, "rev-list", "--count", branch]))
        edited = AppShape().edit_manifest(chosen(self.apps, 100)[0], rev=commits)
        git = FastImport(self.repository)
        git.commit("refs/heads/" + branch, [edited], "edit", parent="refs/heads/%s^0" % branch)
        git.finish()

    def _make(self, path):
        self.path = path
        world = World(self.apps)
        children.run(["git", "clone", "--quiet", "--bare", "--single-branch", "--branch", "main", world.repository,
                      self.repository])
        shutil.copytree(world.at("patterns"), os.path.join(path, "patterns"))
        git = FastImport(self.repository)
        parent = "refs/heads/main^0"
        for step in range(FETCHES):
            parent = git.commit("refs/heads/fresh", [("100644", "README.md", "# Apps, edition %d\n" % step)],
                                "edition %d" % step, parent=parent)
        git.finish()
        steps = children.run(["git", "-C", self.repository, "rev-list", "--reverse", "main..fresh"]).split()
        self._follow("aged", "main")
        with self.server() as server:
            for life in LIVES:
                configuration.write(os.path.join(path, life + ".yaml"), [
                    configuration.source(server.url("repo.git"), life)], os.path.join(path, "patterns"))
                self._settle(life)
            cache.say("fetching %d times" % len(steps))
            for commit in steps:
                self._follow("aged", commit)
                children.run(self.argv("aged"))
        _remember_snapshots(os.path.join(path, "aged"), world)

    def _follow(self, branch, commit):
        children.run(["git", "-C", self.repository, "update-ref", "refs/heads/" + branch, commit])

    def _settle(self, life):
        names = [AppShape.name(i) for i in chosen(self.apps, 100)]
        os.makedirs(os.path.join(self.path, life), mode=0o700)
        children.run(self.argv(life, *names))
        settle(os.path.join(self.path, life, "state.db"), names)


def _remember_snapshots(state, world):
    """Ten snapshots of every app, in the mirror as the engine lays them out, and in the store."""
    mirror = os.path.join(state, "mirrors", "apps.git")
    pattern = children.run(["git", "-C", mirror, "rev-parse", "refs/snapshots/test:%s" % _place(
        AppShape.name(chosen(world.apps, 100)[0]), 1) + "/pattern"]).strip()
    trees = {}
    for shard in children.run(["git", "-C", world.repository, "ls-tree", "-d", "--name-only", "main:apps"]).split():
        for line in children.run(["git", "-C", world.repository, "ls-tree", "main:apps/" + shard]).splitlines():
            trees[line.split("\t")[1]] = line.split()[2]
    lines = ["commit refs/snapshots/test\ncommitter Bench <bench@example.invalid> 1700000000 +0000\ndata 0\n"]
    for name, tree in trees.items():
        for number in range(1, SNAPSHOTS + 1):
            place = _place(name, number)
            lines.append("M 040000 %s %s/app\nM 040000 %s %s/pattern\n" % (tree, place, pattern, place))
    stream = os.path.join(state, "snapshots.stream")
    with open(stream, "w", encoding="ascii") as f:
        f.writelines(lines)
    children.run(["sh", "-c", "git -C '%s' fast-import --quiet --force <'%s'" % (mirror, stream)])
    os.remove(stream)
    with contextlib.closing(sqlite3.connect(os.path.join(state, "state.db"))) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(snapshot)")]
        for number in range(2, SNAPSHOTS + 1):
            taken = ", ".join(str(number) if column == "number" else column for column in columns)
            connection.execute("INSERT OR IGNORE INTO snapshot SELECT %s FROM snapshot WHERE number = 1" % taken)


def _place(name, number):
    return "%s/%s/%d" % (hashlib.sha256(name.encode()).hexdigest()[:2], name, number)


def _measure(case, apps, runs, words, push):
    lives = Lives(apps)
    clone = os.path.join(lives.path, "clone.git")
    with lives.server() as server:
        for life in LIVES:
            lives.push(life)
            children.run(lives.argv(life, "--dry-run"))
        subjects = [children.Timed(lives.argv(life, "--dry-run"), before=lambda life=life: push and lives.push(life))
                    for life in LIVES]
        names = ["%s, aged mirror" % words, "a fresh mirror"]
        if push:
            shutil.rmtree(clone, ignore_errors=True)
            children.run(["git", "clone", "--quiet", "--bare", "--single-branch", "--branch", "fresh",
                          server.url("repo.git"), clone])
            fetch = ["git", "-C", clone, "fetch", "--quiet", "origin", "+refs/heads/fresh:refs/heads/fresh"]
            subjects.append(children.Timed(fetch, before=lambda: lives.push("fresh")))
            names.append("git fetch")
        samples = rounds.measure(subjects, runs)
        if push:
            lives.push("aged")
        stats = engine.report(os.path.join(lives.path, "aged.yaml"), os.path.join(lives.path, "aged"),
                              "reconcile", "--dry-run")["stats"]
    packs = os.path.join(lives.path, "aged", "mirrors", "apps.git", "objects", "pack")
    values = {"fetches before": FETCHES, "packs": sum(name.endswith(".pack") for name in os.listdir(packs))}
    return outcome.make(case, apps, names, samples, counters=stats, values=values)


def one_pass(apps, runs):
    return _measure("aged-pass", apps, runs, "reconcile --dry-run, 1 manifest", push=False)


def fetch(apps, runs):
    return _measure("aged-fetch", apps, runs, "the same after 1 new commit", push=True)
