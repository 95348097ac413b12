"""kill -9 at random moments under load: several apps change at once, hooks run beside each other, and the
engine dies at any instant, sometimes again while it recovers. The seed is printed; the same seed chooses
the same commits and delays."""
import os
import random
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

KILLS = int(os.environ.get("TFGRID_COMPOSE_DEATH_KILLS", "300"))
SEED = int(os.environ.get("TFGRID_COMPOSE_DEATH_SEED", "0")) or time.time_ns() % 1_000_000_007
APPS = ("one", "two", "three", "four", "five", "six")
LEDGER = Ledger("death-random")
# Each hook does something that takes a moment, in a child of its own, so that kills hit in there too.
BODIES = {"setup": "sleep 0.01", "healthcheck": "sleep 0.005; test -s \"$TFGRID_DATA_DIR/setting\""}


class RandomTest(unittest.TestCase):
    def setUp(self):
        self.world = World(apps=APPS, bodies=BODIES)
        self.addCleanup(LEDGER.save)
        self.addCleanup(self.world.remove)
        self.addCleanup(self.world.kill_all)
        self.dice = random.Random(SEED)
        print("seed %d" % SEED)

    def kill(self, *words):
        """Runs a command and kills it after a while; what it had said, or None when it was faster."""
        process = self.world.start(*words)
        time.sleep(self.dice.random() * self.longest)  # The moment of death: it waits for nothing.
        process.kill()
        out, err = process.communicate()
        return None if process.returncode == 0 else (out, err)

    def round(self, number):
        """Some apps change, the engine is killed one to three times, and the next pass puts all right."""
        world, dice = self.world, self.dice
        changed = dice.sample(APPS, dice.randint(1, 3))
        world.commit({app: "%d-%d" % (number, dice.randint(0, 9)) for app in changed})
        with world.database() as database:
            rows = invariants.app_rows(database)
        problems = []
        kills = 0
        for _ in range(dice.choice((1, 1, 1, 2, 3))):
            before = invariants.remember(world)
            said = self.kill("reconcile")
            kills += 1
            problems += invariants.after_fault(world) + invariants.nothing_repeated(world, before)
            if said is None:
                break
        before = invariants.remember(world)
        after = world.run("reconcile")
        problems += invariants.after_recovery(world, before, after)
        if after.code == 0:
            problems += invariants.untouched(world, rows, [app for app in APPS if app not in changed])
        return kills, problems, after.seconds

    def test_any_instant(self):
        self.longest = 2 * self.world.run("reconcile").seconds
        row = LEDGER.row("F2 kill -9 at a random moment, six apps at once", "I1-I10 after each")
        number = 0
        while row.runs < KILLS:
            number += 1
            kills, problems, seconds = self.round(number)
            for _ in range(kills - 1):
                row.add("killed again while it recovered", [])
            row.add("violated" if problems else "recovered", problems, "seed %d, round %d" % (SEED, number), seconds)
            if len(row.violations) > 20:
                break
        row.check(self)


if __name__ == "__main__":
    unittest.main()
