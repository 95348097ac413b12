"""Hooks that behave badly: they hang, ignore SIGTERM, leave daemons, close their streams, print without
end, die by signals, dump core, print NUL bytes and escape sequences, read standard input. Each is told for
what it is, within its time, with a log that stays small, and with nothing left running."""
import concurrent.futures
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

# Megabytes that the talkative hook prints; the script of the long way asks for 10,000.
FLOOD_MB = int(os.environ.get("TFGRID_COMPOSE_DEATH_FLOOD_MB", "200"))
LOG_LIMIT = 1 << 20
LIMITS = "limits: {stopGrace: 1s, hookTimeout: 5s, runLogSize: 1MB}\n"
LEDGER = Ledger("death-executors")

# name: (body of the setup hook, exit code of the pass, what the pass has to say, steps that may be left)
DAEMON = "python3 -c 'import os,sys,time\nif os.fork(): sys.exit()\nos.setsid()\nif os.fork(): sys.exit()\ntime.sleep(600)' <&- >&- 2>&- 9>&-"
HOOKS = {
    "hangs": ("sleep 600", 1, "did not end in time"),
    "hangs and ignores SIGTERM": ("trap '' TERM; sleep 600; sleep 600", 1, "did not end in time"),
    "stops itself": ("kill -STOP $$; sleep 600", 1, "did not end in time"),
    "leaves a daemon and fails": (DAEMON + "; exit 3", 1, "exit code 3"),
    "leaves a daemon and hangs": (DAEMON + "; sleep 600", 1, "did not end in time"),
    "closes its output and goes on": ("exec >&- 2>&-; sleep 0.2", 0, ""),
    "closes its output and fails": ("exec >&- 2>&-; exit 4", 1, "exit code 4"),
    "prints without end of line": ("head -c %d000000 /dev/zero | tr '\\0' 'x'" % FLOOD_MB, None, ""),
    "prints lines without end": ("yes 'a line of output'", 1, "did not end in time"),
    "exits with 137": ("exit 137", 1, "exit code 137"),
    "kills itself": ("kill -KILL $$", 1, "signal 9"),
    "dumps core": ("ulimit -c unlimited; kill -SEGV $$", 1, "signal 11"),
    "prints NUL and escapes": (r"printf '\000\033[31mred\033[0m\033]0;title\007\377'; exit 5", 1, "exit code 5"),
    "reads standard input": ("read line && exit 6; true", 0, ""),
    "runs out of descriptors": ("python3 -c 'import os\nwhile True: os.dup(0)' 2>/dev/null; exit 8", 1, "exit code 8"),
}


class ExecutorsTest(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        LEDGER.save()

    def misbehave(self, name):
        body, code, says = HOOKS[name]
        world = World(apps=("one", "two"), configuration=LIMITS)
        try:
            # Only one of the two apps misbehaves: the other one must not notice.
            world.commit({}, {"one/deployment/setup.sh": (world.script("setup").replace("\n:\n", "\n%s\n" % body), "100755")})
            outcome = world.run("reconcile", timeout=300)
            problems = invariants.after_fault(world, outcome)
            said = outcome.out + outcome.err
            if code is not None and outcome.code != code:
                problems.append("the pass ended with %d, expected %d: %s" % (outcome.code, code, said[-300:]))
            if says not in said:
                problems.append("it does not say %r: %s" % (says, said[-400:]))
            problems += ["it prints control bytes"] if any(c < " " and c not in "\n\t" for c in said) else []
            problems += self.status(world, outcome)
            problems += self.log(world)
            if outcome.code != 0 or "daemon" in name:
                problems += invariants.nothing_left(world)
            for directory, _, names in os.walk(world.state):
                problems += ["a core dump: %s" % n for n in names if n == "core" or n.startswith("core.")]
            # A repaired version goes through, whatever the broken one did.
            world.commit({"one": "2"})
            before = invariants.remember(world)
            after = world.run("reconcile")
            problems += invariants.after_recovery(world, before, after)
            return outcome, problems
        finally:
            world.kill_all()
            world.remove()

    def status(self, world, outcome):
        with world.database() as database:
            apps = {row["name"]: row for row in database.execute("SELECT * FROM app")}
            problems = [] if apps["two"]["sync"] == "Synced" else ["the other app is %s" % apps["two"]["sync"]]
            wanted = ("Synced", "Healthy") if outcome.code == 0 else ("OutOfSync", "Degraded")
            if (apps["one"]["sync"], apps["one"]["health"]) != wanted:
                problems.append("the app is %s, %s" % (apps["one"]["sync"], apps["one"]["health"]))
            events = database.execute("SELECT count(*) FROM event WHERE type = 'run.failed'").fetchone()[0]
            if outcome.code != 0 and events == 0:
                problems.append("I9: no event tells of the failure")
        return problems

    def log(self, world):
        problems = []
        for directory, _, names in os.walk(os.path.join(world.state, "logs")):
            for name in names:
                path = os.path.join(directory, name)
                with open(path, "rb") as f:
                    text = f.read()
                if len(text) > LOG_LIMIT + 200:
                    problems.append("the log has %d bytes" % len(text))
                if len(text) > LOG_LIMIT - 65536 and b"has reached its limit" not in text:
                    problems.append("a full log without a mark: %d bytes" % len(text))
                if b"\0" in text or b"\x1b" in text:
                    problems.append("NUL or escape bytes in the log")
        return problems

    def test_hooks(self):
        rows = {name: LEDGER.row("F11 a hook that %s" % name.replace("  ", " "), "told for what it is, nothing left") for name in HOOKS}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for name, (outcome, problems) in zip(HOOKS, pool.map(self.misbehave, HOOKS)):
                told = "succeeded" if outcome.code == 0 else "failed, said why"
                rows[name].add(told if not problems else "violated", problems, name)
                print("%-32s exit %d, %.1f s" % (name, outcome.code, outcome.seconds))
        for name, row in rows.items():
            with self.subTest(name):
                row.check(self)


if __name__ == "__main__":
    unittest.main()
