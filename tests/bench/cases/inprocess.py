"""Cases inside one process, measured by a program of their own that is built when it is asked for."""
import json
import os

import cache
import children
import outcome
import rounds
from world import World

BUILD = os.path.join(cache.ROOT, "build", "release")


def _program():
    given = os.environ.get("TFGRID_COMPOSE_BENCH_INPROCESS")
    if given:
        return given
    cache.say("building bench_inprocess")
    children.run(["cmake", "--preset", "release", "-DTFGRID_COMPOSE_TESTS=ON"], cwd=cache.ROOT)
    children.run(["cmake", "--build", "--preset", "release", "--target", "bench_inprocess"], cwd=cache.ROOT)
    return os.path.join(BUILD, "tests", "bench", "bench_inprocess")


def _measure(case, apps, words, **more):
    found = json.loads(children.run([_program(), *words]))["subjects"]
    samples = [[children.Sample(*pair) for pair in zip(subject["wallMs"], subject["cpuMs"])] for subject in found]
    return outcome.make(case, apps, [subject["name"] for subject in found], samples, **more)


def _commit(world, branch):
    return children.run(["git", "-C", world.repository, "rev-parse", branch]).strip()


def _treediff(case, layout, apps, runs):
    world = World(apps, layout)
    words = ["treediff", world.repository, _commit(world, "main"), _commit(world, "manifest1"),
             str(runs or rounds.QUICK_RUNS)]
    return _measure(case, apps, words)


def treediff(apps, runs):
    return _treediff("treediff", "shard", apps, runs)


def treediff_flat(apps, runs):
    return _treediff("treediff-flat", "flat", apps, runs)


def json_writer(apps, runs):
    return _measure("json", apps, ["json", str(apps), str(runs or rounds.QUICK_RUNS)])
