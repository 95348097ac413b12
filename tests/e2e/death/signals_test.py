"""SIGTERM and SIGINT at random moments: no new work begins, what runs gets its grace, the engine ends, and
the next run goes on. And several engines at once on one state: one works, the others are told who."""
import os
import re
import signal
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from suite import SEED, Suite  # noqa: E402

STOPS = int(os.environ.get("TFGRID_COMPOSE_DEATH_STOPS", "100"))
APPS = ("one", "two", "three")
LONGEST_EXIT = 30.0  # The promise; measured and recorded.


class SignalsTest(Suite):
    ledger = Ledger("death-signals")

    def stop(self, number, *words):
        """Signals a command at a random moment; (exit code, output, seconds to the end, what started after)."""
        process = self.world.start(*words)
        time.sleep(self.dice.random() * self.longest)  # The moment; it waits for nothing.
        process.send_signal(number)
        begin = time.monotonic()
        out, err = process.communicate(timeout=60)
        return process.returncode, out + err, time.monotonic() - begin

    def many(self, number, name):
        world = self.world = self.make_world(apps=APPS, bodies={"setup": "sleep 0.01"}, configuration="limits: {stopGrace: 2s}\n")
        self.dice = self.make_dice()
        self.longest = 1.5 * world.run("reconcile").seconds
        row = self.ledger.row("F17 %s at a random moment" % name, "no new work, exit < 30 s, the next run goes on")
        slowest = 0.0
        for turn in range(STOPS):
            world.commit({app: str(turn) for app in self.dice.sample(APPS, 2)})
            before = invariants.remember(world)
            code, said, seconds = self.stop(number, "reconcile")
            slowest = max(slowest, seconds)
            problems = invariants.after_fault(world)
            # Faster than the signal: 0. Before the program set itself up for signals: ended by it.
            if code not in (0, 130, -number):
                problems.append("it ended with %d: %s" % (code, said[-300:]))
            if seconds > LONGEST_EXIT:
                problems.append("it ended after %.1f s" % seconds)
            problems += [p for p in invariants.nothing_left(world) if "process" in p or "lock" in p and code == 130]
            problems += invariants.nothing_repeated(world, before)
            before = invariants.remember(world)
            after = world.run("reconcile")
            problems += invariants.after_recovery(world, before, after)
            outcome = {0: "had ended by itself", 130: "stopped in order"}.get(code, "ended before it had begun")
            row.add("violated" if problems else outcome, problems, "seed %d, turn %d" % (SEED, turn), after.seconds)
        print("%s: slowest end %.2f s" % (name, slowest))
        self.assertGreater(row.outcomes["stopped in order"], STOPS // 10, row.outcomes)
        row.check(self)

    def test_sigterm(self):
        self.many(signal.SIGTERM, "SIGTERM")

    def test_sigint(self):
        self.many(signal.SIGINT, "SIGINT")

    def test_again_and_again(self):
        """A stop on request is no crash: however often it comes, the run goes on to its end."""
        row = self.ledger.row("F17 SIGTERM in the same hook, again and again", "never rolled back, never parked")
        world = self.make_world(apps=("one",), configuration="limits: {stopGrace: 2s}\n")
        self.assertEqual(world.run("reconcile").code, 0)
        gate = world.at("gate")
        os.mkfifo(gate)
        world.bodies["setup"] = 'test -e "%s" && read word <"%s"' % (gate, gate)
        world.bodies["setup"] += "; true"
        world.commit({"one": "2"})
        problems = []
        for _ in range(8):
            engine = world.start("reconcile")
            pipe = world.open_gate(gate, engine)
            if pipe is None:
                problems.append("the hook was not run again: %s" % engine.communicate()[0][-300:])
                break
            with pipe:
                engine.send_signal(signal.SIGTERM)
                out, err = engine.communicate(timeout=60)
            if engine.returncode != 130:
                problems.append("it ended with %d: %s" % (engine.returncode, (err + out)[-300:]))
        os.unlink(gate)
        before = invariants.remember(world)
        after = world.run("reconcile")
        problems += invariants.after_recovery(world, before, after)
        row.add("went on" if not problems else "violated", problems, ready=after.seconds)
        row.check(self)

    def test_grace(self):
        """A hook gets SIGTERM and the time to put things in order."""
        row = self.ledger.row("F17 a running hook gets its grace", "its own clean-up is carried out")
        world = self.make_world(apps=("one",))
        gate = world.at("gate")
        os.mkfifo(gate)
        # A trap runs between commands: a `read` that begins just after the signal would never end.
        world.bodies["setup"] = 'trap \'echo tidy >>"%s"; exit 7\' TERM; : <"%s"; while :; do sleep 0.05; done' % (
            world.at("tidy"), gate)
        world.commit({"one": "2"})
        engine = world.start("reconcile")
        with world.open_gate(gate, engine):
            engine.send_signal(signal.SIGTERM)
            begin = time.monotonic()
            engine.communicate(timeout=60)
        problems = [] if os.path.exists(world.at("tidy")) else ["the hook's clean-up did not run"]
        if engine.returncode != 130:
            problems.append("it ended with %d" % engine.returncode)
        row.add("cleaned up" if not problems else "violated", problems, ready=time.monotonic() - begin)
        row.check(self)

    def test_two_engines(self):
        row = self.ledger.row("F15 several engines on one state", "one works; the others exit 1 and name its process")
        world = self.make_world(apps=APPS, bodies={"setup": "sleep 0.02"})
        for turn in range(10):
            world.commit({app: str(turn) for app in APPS})
            engines = [world.start("reconcile") for _ in range(6)]
            problems = []
            worked = 0
            for engine in engines:
                out, err = engine.communicate(timeout=120)
                worked += engine.returncode == 0
                if engine.returncode == 0:
                    continue
                holder = re.search(r"process (\d+)", err)
                others = [other.pid for other in engines if other is not engine]
                if engine.returncode != 1 or "locked" not in err:
                    problems.append("it ended with %d: %s" % (engine.returncode, (err + out)[-200:]))
                elif holder and int(holder.group(1)) not in others:
                    problems.append("it names process %s, which is none of the others" % holder.group(1))
            if worked == 0:
                problems.append("none of them worked")
            before = invariants.remember(world)
            after = world.run("reconcile")
            problems += invariants.after_recovery(world, before, after)
            row.add("%d worked, %d refused" % (worked, len(engines) - worked) if not problems else "violated", problems)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
