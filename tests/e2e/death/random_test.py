"""kill -9 at random moments under load: several apps change at once, hooks run beside each other, and the
engine dies at any instant, sometimes again while it recovers. The seed is printed; the same seed chooses
the same commits and delays."""
import os
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from random_kills import APPS, BODIES, RandomKills  # noqa: E402

KILLS = int(os.environ.get("TFGRID_COMPOSE_DEATH_KILLS", "300"))


class RandomTest(RandomKills):
    ledger = Ledger("death-random")

    def setUp(self):
        self.world = self.make_world(apps=APPS, bodies=BODIES)
        self.dice = self.make_dice()

    def kill_once(self, name):
        process = self.world.start("reconcile")
        time.sleep(self.dice.random() * self.longest)  # The moment of death: it waits for nothing.
        process.kill()
        process.communicate()
        return process.returncode == 0, invariants.after_fault(self.world)

    def put_right(self):
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        return invariants.after_recovery(self.world, before, after), after.seconds

    def test_any_instant(self):
        self.longest = 2 * self.world.run("reconcile").seconds
        row = self.ledger.row("F2 kill -9 at a random moment, six apps at once", "I1-I10 after each")
        self.any_instant(row, KILLS)


if __name__ == "__main__":
    unittest.main()
