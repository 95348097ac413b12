"""kill -9 of the daemon before and after every durable point of a push: from its start over the answer to the
webhook, the look, the plan and the run to its end; and of what people ask of its API. A delivery that was
answered is not lost; one that was not is sent again, as forges do. The next daemon puts all right."""
import contextlib
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
import served_rules  # noqa: E402
from ledger import Ledger  # noqa: E402
from served import ServedWorld  # noqa: E402

# Every STRIDE-th point; the script of the long way tries all of them.
STRIDE = int(os.environ.get("TFGRID_COMPOSE_DEATH_STRIDE", "14"))
LEDGER = Ledger("death-served-points")


class Push:
    """A webhook, sent again until it is answered."""
    REPEATS = False

    def __init__(self):
        self.answered = []

    def act(self, served):
        if self.answered:
            return
        status = served.deliver("push-1")
        if status in (200, 202):
            self.answered.append("push-1")

    def settled(self, served):
        return served.settle()


class Rollback:
    """A person who goes back to the first snapshot and lets the app go on again, each request with a key of
    its own, so that sending it again does nothing twice."""
    REPEATS = True  # There and back again.
    WISHES = (("rollback", {"to": 1}), ("resume", {}))

    def __init__(self):
        self.answered = []
        self.done = 0

    def act(self, served):
        for number, (what, document) in enumerate(self.WISHES[self.done:], self.done):
            status, answer = served.api("POST", "/apps/test/one/" + what, document, Idempotency_Key="wish-%d" % number)
            if status == 409:  # It stopped between carrying out and answering: nobody knows, so it is asked anew.
                status, answer = served.api("POST", "/apps/test/one/" + what, document)
            if status not in (200, 202):
                return
            if status == 202 and not self.wait(served, answer["operation"]["id"]):
                return
            self.done = number + 1

    def wait(self, served, operation):
        """Until it is over: by its number, or, when it was asked of a daemon that is dead, by the journal."""
        def over():
            status, document = served.api("GET", "/operations/%d" % operation)
            if status == 200:
                return document["operation"]["endedAt"] is not None
            with served.world.live_database() as database:
                return status == 404 and database.execute(
                    "SELECT count(*) FROM run WHERE status = 'running'").fetchone()[0] == 0
        return served.until(over, pause=0.05)

    def settled(self, served):
        return self.done == len(self.WISHES) and served.settle()


class ServedPointsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = ServedWorld(configuration="limits: {parallelApps: 1}\n")

    @classmethod
    def tearDownClass(cls):
        cls.world.kill_all()
        cls.world.remove()
        LEDGER.save()

    def life(self, story, shim=None):
        """One daemon: it starts, is asked for something, is done with it and ends. (it, its exit code, whether the
        story came to its end)"""
        served = self.world.serve(shim)
        done = False
        if served.ready() is not None:
            story.act(served)
            done = story.settled(served)
        return served, served.end(), done

    def trace(self, make):
        log = self.world.at("trace")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(log)
        served, code, done = self.life(make(), {"calls": "served", "log": log})
        self.assertEqual((code, done), (0, True), served.said()[-3000:])
        with open(log, encoding="utf-8", errors="replace") as f:
            return [line.rstrip("\n").split(" ", 2)[1:] for line in f]

    def kill_at(self, make, number, moment):
        """(what came of it, problems, seconds until the next daemon was ready)"""
        world, story = self.world, make()
        killed, code, done = self.life(story, {"calls": "served", "at": number, "do": moment})
        # Which thread comes when is not the same each time: the end may come before the number.
        problems = [] if code == -9 or (code == 0 and done) else [
            "it ended with %s: %s" % (code, killed.said()[-600:])]
        problems += served_rules.after_fault(world, story.answered)
        before = invariants.remember(world)
        again = world.serve()
        ready = again.ready()
        if ready is None:
            again.end()
            return "violated", problems + ["the next daemon is not ready: " + again.said()[-600:]], 0.0
        story.act(again)
        if not story.settled(again):
            problems.append("it does not settle: %s" % again.said()[-1500:])
        problems += served_rules.after_recovery(world, before, again, again.end(), may_repeat=make.REPEATS)
        return "recovered" if code == -9 else "had ended before", problems, ready

    def story(self, name, make, offset):
        world = self.world
        world.save("before")
        with world.database() as database:
            rows = invariants.app_rows(database)
        points = self.trace(make)
        self.assertGreaterEqual(len(points), 40, "too few points to believe in")
        for moment in ("kill-before", "kill-after"):
            row = LEDGER.row("F1 daemon: %s during %s" % (moment, name), "kill at each durable point")
            first = (offset if moment == "kill-before" else offset + STRIDE // 2) % STRIDE
            for number in range(1 + first, len(points) + 1, STRIDE):
                world.restore("before")
                outcome, problems, ready = self.kill_at(make, number, moment)
                problems += invariants.untouched(world, rows, ["two"])
                call, path = points[number - 1]
                where = "%d of %d (%s %s)" % (number, len(points), call, path[len(world.path):])
                row.add("violated" if problems else outcome, problems, where, ready)
        world.restore("before")

    def test_whole_life(self):
        world = self.world
        self.assertEqual(world.run("reconcile").code, 0)
        world.commit({"one": "2"})
        self.story("a push", Push, offset=0)
        self.assertEqual(world.run("reconcile").code, 0)
        self.story("a rollback and a resume by the API", Rollback, offset=3)
        for row in LEDGER.rows:
            with self.subTest(row.fault):
                row.check(self)


if __name__ == "__main__":
    unittest.main()
