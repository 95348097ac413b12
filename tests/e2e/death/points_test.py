"""kill -9 before and after every durable point of the engine's life: each sync, rename, link, unlink,
directory, truncation, start of a hook and end of a child, while an app is created, updated, rolled back
and taken down, and while a run is recovered. After each kill the next command must put all right."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

# Every STRIDE-th point; the script of the long way tries all of them.
STRIDE = int(os.environ.get("TFGRID_COMPOSE_DEATH_STRIDE", "4"))
LEDGER = Ledger("death-points")


class PointsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(configuration="limits: {parallelApps: 1}\n")

    @classmethod
    def tearDownClass(cls):
        cls.world.kill_all()
        cls.world.remove()
        LEDGER.save()

    def story(self, name, words, finish=(("reconcile",),), others=(), offset=0):
        """Kills `words` at its points, each time from the saved state. The first command of `finish` meets
        what the kill left; after the last one, all apps are at the head of their source."""
        world = self.world
        world.save(name)
        rows = {}
        if world.has_database():
            with world.database() as database:
                rows = invariants.app_rows(database)
        outcome, points = world.trace(*words, calls="points")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertGreaterEqual(len(points), 20, "too few points to believe in")
        for moment in ("kill-before", "kill-after"):
            row = LEDGER.row("F1 %s while %s" % (moment, name), "kill at each durable point")
            first = (offset if moment == "kill-before" else offset + STRIDE // 2) % STRIDE
            for number in range(1 + first, len(points) + 1, STRIDE):
                world.restore(name)
                killed = world.run(*words, shim={"calls": "points", "at": number, "do": moment})
                call, path = points[number - 1]
                where = "%d of %d (%s %s)" % (number, len(points), call, path[len(world.path):])
                # Which thread comes when is not the same each time: the end may come before the number.
                problems = [] if killed.code in (-9, 0) else ["it ended with %d" % killed.code]
                problems += invariants.after_fault(world, killed)
                before = invariants.remember(world)
                outcomes = [world.run(*command) for command in finish[:1]]
                problems += invariants.nothing_repeated(world, before)
                outcomes += [world.run(*command) for command in finish[1:]]
                problems += ["%s failed: %s" % (command[0], after.err[-300:])
                             for command, after in zip(finish, outcomes) if after.code != 0]
                problems += invariants.after_recovery(world, before, outcomes[-1], may_repeat=True)
                if others and outcomes[-1].code == 0:
                    problems += invariants.untouched(world, rows, others)
                told = "recovered" if killed.code == -9 else "had ended before"
                row.add("violated" if problems else told, problems, where, outcomes[0].seconds)

    def test_whole_life(self):
        world = self.world
        again = (("reconcile",), ("resume", "one"), ("reconcile",))
        self.story("creating two apps", ("reconcile",))
        world.restore("creating two apps")
        self.assertEqual(world.run("reconcile").code, 0)
        world.commit({"one": "2"})
        self.story("updating one app", ("reconcile",), others=("two",), offset=1)
        world.restore("updating one app")
        _, points = world.trace("reconcile", calls="points")
        world.restore("updating one app")
        # In the middle of the hooks; the recovery of that is what is killed then.
        middle = [number for number, (call, _) in enumerate(points, 1) if call == "exec"][1]
        self.assertEqual(world.run("reconcile", shim={"calls": "points", "at": middle, "do": "kill-after"}).code, -9)
        self.story("recovering a run", ("reconcile",), others=("two",), offset=2)
        world.restore("recovering a run")
        self.assertEqual(world.run("reconcile").code, 0)
        self.story("rolling back", ("rollback", "one"), again, others=("two",), offset=3)
        world.restore("rolling back")
        self.story("taking down", ("down", "one", "--yes"), again, others=("two",))
        for row in LEDGER.rows:
            with self.subTest(row.fault):
                row.check(self)


if __name__ == "__main__":
    unittest.main()
