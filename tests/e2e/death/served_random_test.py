"""kill -9 of the daemon at random moments under load: pushes of several apps, webhooks that are sent again and
again, questions to the API; sometimes it dies again while it recovers. What was answered is never lost. The seed
is printed; the same seed chooses the same commits and delays."""
import os
import random
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
import served_rules  # noqa: E402
from ledger import Ledger  # noqa: E402
from served import ServedWorld  # noqa: E402

KILLS = int(os.environ.get("TFGRID_COMPOSE_DEATH_KILLS", "50"))
SEED = int(os.environ.get("TFGRID_COMPOSE_DEATH_SEED", "0")) or time.time_ns() % 1_000_000_007
APPS = ("one", "two", "three", "four", "five", "six")
LONGEST = 0.5  # Seconds from a push until everything that it causes has happened, and a bit.
LEDGER = Ledger("death-served-random")
# Each hook does something that takes a moment, in a child of its own, so that kills hit in there too.
BODIES = {"setup": "sleep 0.01", "healthcheck": "sleep 0.005; test -s \"$TFGRID_DATA_DIR/setting\""}


class Senders:
    """A forge that sends each push several times, also the same one at once, and people who look."""

    def __init__(self, served, name):
        self.served, self.name = served, name
        self.answered = []
        self.threads = [threading.Thread(target=self.deliver, args=(number,)) for number in range(2)]
        self.threads.append(threading.Thread(target=self.look))
        for thread in self.threads:
            thread.start()

    def deliver(self, number):
        for turn in range(10):
            # Half of them are the same for both senders.
            name = "%s-%d-%s" % (self.name, turn, number if turn % 2 else "both")
            status = self.served.deliver(name)
            if status == 202:
                self.answered.append(name)
            if status == 0:
                return

    def look(self):
        for turn in range(10):
            if self.served.api("GET", ("/apps", "/sources", "/deliveries?limit=5")[turn % 3])[0] == 0:
                return

    def join(self):
        for thread in self.threads:
            thread.join()


class ServedRandomTest(unittest.TestCase):
    def setUp(self):
        self.world = ServedWorld(apps=APPS, bodies=BODIES)
        self.addCleanup(LEDGER.save)
        self.addCleanup(self.world.remove)
        self.addCleanup(self.world.kill_all)
        self.dice = random.Random(SEED)
        print("seed %d" % SEED)

    def kill(self, name):
        """Starts a daemon that is kept busy and dies at some moment; the deliveries that it had answered."""
        served = self.world.serve()
        killer = threading.Timer(self.dice.random() * LONGEST, served.process.kill)
        killer.start()
        senders = Senders(served, name) if served.ready() is not None else None
        killer.join()
        served.process.wait()
        if senders is None:
            return []
        senders.join()
        return senders.answered

    def round(self, number):
        """Some apps change, the daemon is killed one to three times, and the next one puts all right."""
        world, dice = self.world, self.dice
        changed = dice.sample(APPS, dice.randint(1, 3))
        world.commit({app: "%d-%d" % (number, dice.randint(0, 9)) for app in changed})
        with world.database() as database:
            rows = invariants.app_rows(database)
        problems, answered = [], []
        kills = dice.choice((1, 1, 1, 2, 3))
        for turn in range(kills):
            before = invariants.remember(world)
            answered += self.kill("%d-%d" % (number, turn))
            problems += served_rules.after_fault(world, answered) + invariants.nothing_repeated(world, before)
        before = invariants.remember(world)
        again = world.serve()
        ready = again.ready()
        if ready is None or not again.settle():
            problems.append("it does not settle: %s" % again.said()[-1000:])
        problems += served_rules.after_recovery(world, before, again, again.end())
        problems += invariants.untouched(world, rows, [app for app in APPS if app not in changed])
        return kills, problems, ready or 0.0

    def test_any_instant(self):
        self.assertEqual(self.world.run("reconcile").code, 0)
        row = LEDGER.row("F2 daemon: kill -9 at a random moment under webhooks and requests", "I1-I10 after each")
        number = 0
        while row.runs < KILLS:
            number += 1
            kills, problems, ready = self.round(number)
            for _ in range(kills - 1):
                row.add("killed again while it recovered", [])
            row.add("violated" if problems else "recovered", problems, "seed %d, round %d" % (SEED, number), ready)
            if len(row.violations) > 20:
                break
        row.check(self)


if __name__ == "__main__":
    unittest.main()
