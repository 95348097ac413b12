"""The wall clock is wrong, or jumps while the engine works: an hour or ten years, forwards or backwards.
Nothing ends too early, nothing waits for ever, and no duration is negative."""
import json
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

HOUR = 3600
TEN_YEARS = 10 * 365 * 24 * HOUR
JUMPS = (HOUR, -HOUR, TEN_YEARS, -TEN_YEARS)
# Readings of the clock from which on it is wrong: at the start, and all through the hooks of a pass, so that
# some jumps come between the start of a hook and its end.
MOMENTS = (1, 2, 3, *range(5, 120, 4))
LEDGER = Ledger("death-clock")


def negative_numbers(value, path=""):
    """Paths of all negative numbers in a JSON document."""
    if isinstance(value, dict):
        return [p for key, part in value.items() for p in negative_numbers(part, "%s.%s" % (path, key))]
    if isinstance(value, list):
        return [p for part in value for p in negative_numbers(part, path + "[]")]
    return [path] if isinstance(value, (int, float)) and value < 0 else []


class ClockTest(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        LEDGER.save()

    def make_world(self, **options):
        world = World(configuration="limits: {parallelApps: 1, hookTimeout: 30s}\n", **options)
        self.addCleanup(world.remove)
        self.addCleanup(world.kill_all)
        return world

    def look(self, world, **shim):
        """Everything that shows times: it works, and nothing in it is negative."""
        problems = []
        for words in (("status", "one"), ("history", "one"), ("events",), ("explain", "one")):
            text = world.run(*words, shim=shim or None)
            document = world.run(*words, "-o", "json", shim=shim or None)
            if (text.code, document.code) != (0, 0):
                problems.append("%s fails: %s" % (words[0], text.err + document.err))
                continue
            problems += ["%s: %s is negative" % (words[0], path) for path in negative_numbers(json.loads(document.out))]
            problems += ["%s shows %s" % (words[0], found) for found in re.findall(r"(?<=\s)-\d+\w* ?(?:s|ms|m|h|d)\b", text.out)]
        return problems

    def test_jumps(self):
        world = self.make_world()
        turn = 0
        for jump in JUMPS:
            row = LEDGER.row("F10 wall clock off by %+d s, from the start or mid-run" % jump,
                             "no early end, no endless wait, no negative duration")
            for at in MOMENTS:
                turn += 1
                world.commit({"one": str(turn)})
                before = invariants.remember(world)
                after = world.run("reconcile", "-o", "json", shim={"clock": jump, "clock_at": at})
                problems = invariants.after_recovery(world, before, after)
                if after.code == 0:
                    problems += ["%s is negative" % path for path in negative_numbers(json.loads(after.out))]
                problems += self.look(world) if at in (1, MOMENTS[-1]) else []
                row.add("as ever" if not problems else "violated", problems, "from reading %d on" % at, after.seconds)
        for row in LEDGER.rows:
            with self.subTest(row.fault):
                row.check(self)

    def test_retry_is_not_put_off_for_years(self):
        """A failure while the clock was ahead: when it is right again, the next attempt is not years away."""
        row = LEDGER.row("F10 a retry was planned while the clock was ahead", "it is tried when due by any clock")
        for jump in (HOUR, TEN_YEARS):
            world = self.make_world()
            failed = world.run("reconcile", shim={"clock": jump, "calls": "mkdir", "at": "1+", "do": "ENOSPC",
                                                  "root": os.path.join(world.state, "apps")})
            problems = [] if failed.code == 1 else ["the fault was not met: %d %s" % (failed.code, failed.out)]
            problems += self.look(world)
            before = invariants.remember(world)
            after = world.run("reconcile")
            problems += invariants.after_recovery(world, before, after)
            row.add("tried again" if not problems else "violated", problems, "clock %+d s" % jump, after.seconds)
        row.check(self)

    def test_holder_in_the_future(self):
        """Suspended, locked and failed "since" a time that is still to come."""
        row = LEDGER.row("F10 records from the future", "shown without negative ages")
        world = self.make_world()
        self.assertEqual(world.run("reconcile", shim={"clock": TEN_YEARS}).code, 0)
        self.assertEqual(world.run("suspend", "one", "--reason", "test", shim={"clock": TEN_YEARS}).code, 0)
        problems = self.look(world)
        self.assertEqual(world.run("resume", "one").code, 0)
        world.commit({"one": "2"})
        before = invariants.remember(world)
        after = world.run("reconcile")
        problems += invariants.after_recovery(world, before, after) + self.look(world)
        row.add("shown" if not problems else "violated", problems, ready=after.seconds)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
