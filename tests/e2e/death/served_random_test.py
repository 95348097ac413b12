"""kill -9 of the daemon at random moments under load: pushes of several apps, webhooks that are sent again and
again, questions to the API; sometimes it dies again while it recovers. What was answered is never lost. The seed
is printed; the same seed chooses the same commits and delays."""
import os
import sys
import threading
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
import served_rules  # noqa: E402
from ledger import Ledger  # noqa: E402
from random_kills import APPS, BODIES, RandomKills  # noqa: E402
from served import ServedWorld  # noqa: E402

KILLS = int(os.environ.get("TFGRID_COMPOSE_DEATH_KILLS", "50"))
LONGEST = 0.5  # Seconds from a push until everything that it causes has happened, and a bit.


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


class ServedRandomTest(RandomKills):
    ledger = Ledger("death-served-random")

    def setUp(self):
        self.world = self.make_world(ServedWorld, apps=APPS, bodies=BODIES)
        self.dice = self.make_dice()
        self.answered = []  # Of the round.

    def kill_once(self, name):
        """The daemon is kept busy by webhooks and questions, and dies at some moment."""
        served = self.world.serve()
        killer = threading.Timer(self.dice.random() * LONGEST, served.process.kill)
        killer.start()
        senders = Senders(served, name) if served.ready() is not None else None
        killer.join()
        served.process.wait()
        if senders is not None:
            senders.join()
            self.answered += senders.answered
        return False, served_rules.after_fault(self.world, self.answered)

    def put_right(self):
        before = invariants.remember(self.world)
        again = self.world.serve()
        ready = again.ready()
        problems = []
        if ready is None or not again.settle():
            problems.append("it does not settle: %s" % again.said()[-1000:])
        self.answered = []
        return problems + served_rules.after_recovery(self.world, before, again, again.end()), ready or 0.0

    def test_any_instant(self):
        self.assertEqual(self.world.run("reconcile").code, 0)
        row = self.ledger.row("F2 daemon: kill -9 at a random moment under webhooks and requests", "I1-I10 after each")
        self.any_instant(row, KILLS)


if __name__ == "__main__":
    unittest.main()
