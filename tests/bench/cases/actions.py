"""1,000 apps whose one hook runs `exit 0`, two at a time, each with its intent and its outcome on disk."""
import os
import shutil

import cache
import children
import configuration
import engine
import outcome
import rounds
from monorepo import AppShape, make_monorepo


class _Toggle:
    """Runs the two commands in turns: each finds every app changed by the other."""

    def __init__(self, commands):
        self._commands = commands
        self._turn = 0

    def __call__(self):
        self._turn += 1
        return children.Timed(self._commands[self._turn % 2])()


def _make(path, apps):
    make_monorepo(os.path.join(path, "repo.git"), apps, AppShape("shard", brief=True), many=apps)
    shutil.copytree(os.path.join(cache.ROOT, "patterns"), os.path.join(path, "patterns"))
    for branch in ("main", "manifest%d" % apps):
        source = configuration.source(os.path.join(path, "repo.git"), branch)
        configuration.write(os.path.join(path, branch + ".yaml"), [source], os.path.join(path, "patterns"))


def _write_edges(path, count):
    with open(os.path.join(path, "build.ninja"), "w", encoding="ascii") as f:
        f.write("rule run\n  command = exit 0\n")
        f.writelines("build never/%06d: run\n" % i for i in range(count))


def actions(apps, runs):
    path = cache.made_once("actions-%d" % apps, lambda path: _make(path, apps))
    state = os.path.join(path, "state")
    branches = [os.path.join(path, name + ".yaml") for name in ("main", "manifest%d" % apps)]
    # Every run leaves a hundred thousand rows, so the state is made anew for each measurement.
    shutil.rmtree(state, ignore_errors=True)
    os.makedirs(state, mode=0o700)
    cache.say("applying %d apps in %s" % (apps, state))
    children.run(engine.command(branches[0], state, "reconcile"))
    commands = [engine.command(branch, state, "reconcile") for branch in branches]
    edges = cache.made_once("edges-that-run-%d" % apps, lambda path: _write_edges(path, apps))
    ninja = children.Timed(["ninja", "-C", edges, "-j2", "--quiet"])
    toggle = _Toggle(commands)
    samples = rounds.measure([toggle, ninja], runs)
    report = engine.report(branches[1], state, "reconcile")
    if report["summary"]["actions"] == 0:
        report = engine.report(branches[0], state, "reconcile")
    if report["summary"]["actions"] != apps:
        raise RuntimeError("a pass ran %d actions, not %d" % (report["summary"]["actions"], apps))
    names = ["reconcile, 1 hook of each app", "ninja -j2, as many commands"]
    return outcome.make("actions", apps, names, samples, counters=report["stats"])
