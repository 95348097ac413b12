"""`validate` over a directory of manifests, against a shell script that reads each with small programs."""
import os

import cache
import children
import engine
import outcome
import rounds
from monorepo import AppShape
from world import World

LOOP_APPS = 50  # The shell loop takes so long that more are estimated from these.
PUBLISHED_MS = 22.0
LOOP = os.path.join(cache.HERE, "shell_loader.sh")


def _write(path, apps):
    shape = AppShape("shard")
    for i in range(apps):
        for mode, name, text in shape.files(i):
            file = os.path.join(path, name)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8") as f:
                f.write(text)
            if mode == "100755":
                os.chmod(file, 0o755)


class _Scaled:
    """A yardstick that is run on fewer apps than it is asked about."""

    def __init__(self, timed, factor):
        self._timed, self._factor = timed, factor

    def __call__(self):
        sample = self._timed()
        return children.Sample(sample.wall_ms * self._factor, sample.cpu_ms * self._factor)


def validate(apps, runs):
    path = cache.made_once("directory-%d" % apps, lambda path: _write(path, apps))
    loop_path = cache.made_once("directory-%d" % LOOP_APPS, lambda path: _write(path, LOOP_APPS))
    world = World(10_000)
    argv = engine.command(world.configuration(), world.at("scratch", "none"), "validate", path)
    loop = _Scaled(children.Timed(["bash", LOOP, loop_path]), apps / LOOP_APPS)
    samples = rounds.measure([children.Timed(argv), loop], runs)
    name = "shell loop" + ("" if apps == LOOP_APPS else " (from %d apps)" % LOOP_APPS)
    result = outcome.make("validate", apps, ["validate", name], samples,
                          peak_mib=children.peak_anonymous_mib(argv))
    return outcome.add_published(result, "bash tool: load and validate", PUBLISHED_MS * apps, "22 ms per app")
