"""The daemon is stopped at random moments, sent a bad configuration in the middle of a run, meets a second daemon, and
has hooks that hang, ignore SIGTERM or leave processes behind: it ends in time, nothing is left, other apps go on, and
the next daemon puts all right."""
import os
import re
import signal
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
from suite import SEED, Suite  # noqa: E402

STOPS = int(os.environ.get("TFGRID_COMPOSE_DEATH_STOPS", "10"))
APPS = ("one", "two", "three")
LONGEST_EXIT = 30.0  # The promise; measured and recorded.
DAEMON = "python3 -c 'import os,sys,time\nif os.fork(): sys.exit()\nos.setsid()\nif os.fork(): sys.exit()\ntime.sleep(600)' <&- >&- 2>&- 9>&-"
# name: body of the setup hook
HOOKS = {
    "hangs": "sleep 600",
    "hangs and ignores SIGTERM": "trap '' TERM; sleep 600; sleep 600",
    "leaves a daemon and hangs": DAEMON + "; sleep 600",
    "prints lines without end": "yes 'a line of output'",
}


class ServedSignalsTest(Suite):
    ledger = Ledger("death-served-signals")

    def begin(self, world):
        served = world.serve()
        self.assertIsNotNone(served.ready(), served.said())
        self.assertTrue(served.settle(), served.said()[-2000:])
        return served

    def recover(self, world, answered=(), may_repeat=False):
        """The next daemon puts all right; what is wrong."""
        before = invariants.remember(world)
        again = world.serve()
        again.ready()
        problems = [] if again.settle() else ["it does not settle: %s" % again.said()[-1000:]]
        problems += served_rules.after_recovery(world, before, again, again.end(), may_repeat)
        return problems + served_rules.answers_are_kept(world, answered)

    def stop(self, world, served):
        """SIGTERM; what is wrong with its end."""
        begin = time.monotonic()
        code = served.end(patience=LONGEST_EXIT)
        self.slowest = max(self.slowest, time.monotonic() - begin)
        problems = [] if code == 0 else ["it ended with %s: %s" % (code, served.said()[-500:])]
        return problems + invariants.database_is_sound(world) + [
            problem for problem in invariants.nothing_left(world) if "process" in problem or "lock" in problem]

    def test_sigterm(self):
        self.slowest = 0.0
        world = self.make_world(ServedWorld, apps=APPS, bodies={"setup": "sleep 0.01"}, configuration="limits: {stopGrace: 2s}\n")
        dice = self.make_dice()
        row = self.ledger.row("F17 daemon: SIGTERM at a random moment", "no new work, exit < 30 s, the next daemon goes on")
        self.assertEqual(world.run("reconcile").code, 0)
        for turn in range(STOPS):
            world.commit({app: str(turn) for app in dice.sample(APPS, 2)})
            served = world.serve()
            self.assertIsNotNone(served.ready())
            status = served.deliver("turn-%d" % turn)
            time.sleep(dice.random() * 0.3)  # The moment; it waits for nothing.
            before = invariants.remember(world)
            problems = self.stop(world, served) + invariants.nothing_repeated(world, before)
            problems += self.recover(world, ["turn-%d" % turn] if status == 202 else [])
            row.add("violated" if problems else "stopped in order", problems, "seed %d, turn %d" % (SEED, turn))
        print("slowest end %.2f s" % self.slowest)
        row.check(self)

    def test_second_daemons(self):
        row = self.ledger.row("F15 several daemons on one state", "one serves; the others exit 1 and name its process")
        world = self.make_world(ServedWorld, apps=APPS)
        for turn in range(3):
            world.commit({app: str(turn) for app in APPS})
            daemons = [world.serve() for _ in range(4)]
            problems = []
            # All but one end; who is left is the one that serves.
            while sum(served.alive() for served in daemons) > 1:
                time.sleep(0.005)  # Between two looks; the one that serves does not end.
            left = [served for served in daemons if served.alive()]
            if len(left) != 1 or not left[0].settle():
                problems.append("none of them serves")
            for served in daemons:
                if served in left:
                    continue
                holder = re.search(r"process (\d+)", served.said())
                if served.process.returncode != 1 or not holder:
                    problems.append("it ended with %d: %s" % (served.process.returncode, served.said()[-300:]))
                elif left and int(holder.group(1)) != left[0].process.pid:
                    problems.append("it names process %s, not %d" % (holder.group(1), left[0].process.pid))
            before = invariants.remember(world)
            for served in left:
                problems += served_rules.after_recovery(world, before, served, served.end())
            row.add("one serves, three refused" if not problems else "violated", problems)
        row.check(self)

    def test_bad_configuration_in_a_run(self):
        row = self.ledger.row("SIGHUP with a bad configuration in the middle of a run", "told with its place; the old one stays")
        world = self.make_world(ServedWorld)
        served = self.begin(world)
        with open(world.at("reconciler.yaml"), encoding="utf-8") as f:
            good = f.read()
        gate = world.at("gate")
        os.mkfifo(gate)
        world.bodies["setup"] = 'test -e "%s.open" || read word <"%s"' % (gate, gate)
        world.bodies["setup"] += "; true"
        world.commit({"one": "2"})
        problems = [] if served.deliver("run") == 202 else ["no 202"]
        pipe = world.open_gate(gate, served.process)
        for bad in (good.replace("branch:", "brunch:"), good.replace("sources:", "sources: ["), "", good + "limits: {x: 1}\n"):
            seen = len(served.said())
            world.write_configuration(bad)
            served.process.send_signal(signal.SIGHUP)
            if not served.until(lambda: "daemon.reload_failed" in served.said()[seen:]):
                problems.append("nothing is told of %r" % bad[-40:])
            if not re.search(r"reconciler\.yaml(:\d+:\d+)?", served.said()[seen:]):
                problems.append("its place is not told: %s" % served.said()[seen:][-300:])
            if served.ask("GET", "/readyz")[0] != 200 or served.deliver("with-%d" % len(bad)) not in (200, 202):
                problems.append("it does not go on with the old one")
        world.write_configuration(good)
        with open(gate + ".open", "w", encoding="utf-8"):
            pass
        pipe.write("go on\n")
        pipe.close()
        if not served.settle():
            problems.append("it does not settle: %s" % served.said()[-1000:])
        before = invariants.remember(world)
        problems += served_rules.after_recovery(world, before, served, served.end())
        row.add("told, went on" if not problems else "violated", problems)
        row.check(self)

    # --- Hooks that behave badly

    def misbehave(self, name, body, results):
        """One app's hook misbehaves; the other app goes on; the daemon is stopped in the middle and started anew."""
        world = self.make_world(ServedWorld, apps=("one", "two"), configuration="limits: {stopGrace: 1s, hookTimeout: 4s, runLogSize: 1MB}\n")
        served = self.begin(world)
        script = world.script("setup").replace("\n:\n", "\n%s\n" % body)
        world.commit({"two": "2"}, {"one/deployment/setup.sh": (script, "100755")})
        problems = [] if served.deliver("bad") == 202 else ["no 202"]
        if not served.until(lambda: world.says("two", "2")):
            problems.append("the other app waits for it")
        world.commit({"two": "3"})
        if served.deliver("more") != 202 or not served.until(lambda: world.says("two", "3")):
            problems.append("the other app's next push waits for it")
        # It has its time, fails, and the app is rolled back to what it was.
        if not served.until(lambda: "run.failed" in str(served.api("GET", "/events?limit=100"))):
            problems.append("I9: no event tells of the failure: %s" % served.said()[-500:])
        world.commit({"two": "4"}, {"one/deployment/setup.sh": (script + "# again\n", "100755")})
        served.deliver("again")
        if not served.until(lambda: world.says("two", "4")):
            problems.append("the other app waits for it, the second time")
        problems += self.stop(world, served)  # The bad hook may be at it.
        world.commit({"one": "5"})
        results[name] = problems + self.recover(world, may_repeat=True)

    def test_hooks(self):
        self.slowest = 0.0
        rows = {name: self.ledger.row("F11 daemon: a hook that %s" % name, "others go on, exit < 30 s, nothing left")
                for name in HOOKS}
        results = {}
        threads = [threading.Thread(target=self.misbehave, args=(*hook, results)) for hook in HOOKS.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name, row in rows.items():
            problems = results.get(name, ["the test itself failed"])
            row.add("others went on, stopped in order" if not problems else "violated", problems, name)
        print("slowest end %.2f s" % self.slowest)
        for name, row in rows.items():
            with self.subTest(name):
                row.check(self)


if __name__ == "__main__":
    unittest.main()
