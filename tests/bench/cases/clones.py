"""The first copy of a repository: over HTTP, and from a path, which the engine reads where it is. The source's folder
holds no app, so that only the transfer is measured."""
import shutil

import children
import engine
import outcome
import rounds
from git_server import GitServer
from world import World


# A source without an app is an error that is told after the transfer.
_NO_APP = (0, 1)


def _clone(world, url, *options):
    target = world.at("scratch", "clone.git")

    def clear():
        shutil.rmtree(target, ignore_errors=True)
    return children.Timed(["git", "clone", "--quiet", "--bare", *options, url, target], before=clear)


def _measure(case, world, url, names, runs, *options):
    configuration = world.configuration(case, branch="main", path="empty", url=url)
    argv = engine.command(configuration, world.at("scratch", case), "reconcile", "--dry-run")

    def clear():
        world.scratch(case)
    samples = rounds.measure([children.Timed(argv, accept=_NO_APP, before=clear), _clone(world, url, *options)], runs)
    peak = children.peak_anonymous_mib(argv, accept=_NO_APP, before=clear)
    clear()
    stats = engine.report(configuration, world.at("scratch", case), "reconcile", "--dry-run",
                          accept=_NO_APP)["stats"]
    return outcome.make(case, world.apps, names, samples, peak_mib=peak, counters=stats)


def over_http(apps, runs):
    world = World(apps)
    with GitServer(world.path) as server:
        return _measure("clone-http", world, server.url("repo.git"), ["first fetch over HTTP", "git clone --bare"],
                        runs, "--single-branch", "--branch", "main", "--no-tags")


def from_path(apps, runs):
    world = World(apps)
    return _measure("clone-path", world, world.repository, ["first look at a path", "git clone --bare (links files)"],
                    runs)
