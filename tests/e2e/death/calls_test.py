"""The n-th call fails: every write, sync, rename and open beneath the state directory, one at a time, with
EIO, ENOSPC, EMFILE and ENOMEM, for n from 1 until a run passes without reaching n. The run either succeeds
or says which file it was about; nothing is damaged; and without the fault the next commands converge."""
import concurrent.futures
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

# Every STRIDE-th call, beginning elsewhere for each error; the script of the long way tries all.
STRIDE = int(os.environ.get("TFGRID_COMPOSE_DEATH_STRIDE", "12"))
ERRORS = ("EIO", "ENOSPC", "EMFILE", "ENOMEM")
KINDS = {"write": "write,pwrite,ftruncate", "sync": "syncs", "rename": "rename,link,unlink,mkdir,rmdir,symlink",
         "open": "open"}
WORKERS = 6  # A failed step is tried again after a second or two: waiting needs no processor.
LEDGER = Ledger("death-calls")


class CallsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.worlds = [World(configuration="limits: {parallelApps: 1}\n") for _ in range(WORKERS)]
        for world in cls.worlds:
            world.save("nothing")
            world.run("reconcile")
            world.commit({"one": "2"})
            world.save("update")

    @classmethod
    def tearDownClass(cls):
        for world in cls.worlds:
            world.kill_all()
            world.remove()
        LEDGER.save()

    def fail_call(self, world, start, calls, number, error):
        """(outcome, problems, seconds of the next command), or None when the run was over before."""
        world.restore(start)
        log = world.at("trace")
        if os.path.exists(log):
            os.unlink(log)
        failed = world.run("reconcile", shim={"calls": calls, "at": number, "do": error, "log": log})
        with open(log, encoding="utf-8", errors="replace") as f:
            lines = f.read().splitlines()
        hit = [line for line in lines if line.startswith("%d " % int(str(number).rstrip("+")))]
        if not hit:
            return None
        problems = invariants.after_fault(world, failed)
        said = failed.err + failed.out
        if failed.code not in (0, 1):
            problems.append("it ended with %d: %s" % (failed.code, said[-300:]))
        if failed.code == 1 and world.path not in said:
            problems.append("the message names no path: %s" % said[-400:])
        before = invariants.remember(world)
        after = world.run("reconcile")
        outcome = "done all the same" if failed.code == 0 else "failed; the next pass converged"
        if after.code != 0 or invariants.converged(world):
            # A step that failed for good waits for a person, or was rolled back: both are said.
            if world.path not in said and "tfgrid-compose" not in after.out:
                problems.append("it neither converges nor says what to do: %s" % after.out[-300:])
            outcome = "failed; converged when asked for by name"
            after = world.run("reconcile", *world.apps)
            if after.code != 0 or invariants.converged(world):
                outcome = "rolled back; converged after resume"
                for app in world.apps:
                    world.run("resume", app)
                after = world.run("reconcile")
        problems += invariants.after_recovery(world, before, after, may_repeat=True)
        where = "%s of %s from %s: %s" % (error, hit[0].replace(world.path, ""), start, outcome)
        return outcome, problems, where, after.seconds

    def all_calls(self, start, kind):
        rows = {error: LEDGER.row("F4 n-th %s fails with %s, %s" % (kind, error, start), "no corrupt file; "
                                  "the error names the path; the next commands converge") for error in ERRORS}
        world = self.worlds[0]
        world.restore(start)
        _, calls = world.trace("reconcile", calls=KINDS[kind])
        jobs = [(number, error) for i, error in enumerate(ERRORS)
                for number in range(1 + i * STRIDE // len(ERRORS), len(calls) + 2, STRIDE)]
        free = list(self.worlds)

        def work(job):
            mine = free.pop()
            try:
                return self.fail_call(mine, start, KINDS[kind], *job)
            finally:
                free.append(mine)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for (number, error), result in zip(jobs, pool.map(work, jobs)):
                if result is None:
                    rows[error].add("the run was over before the call", [])
                else:
                    outcome, problems, where, seconds = result
                    rows[error].add(outcome, problems, where, seconds)
        for error, row in rows.items():
            with self.subTest(row.fault):
                row.check(self)

    def test_write(self):
        self.all_calls("update", "write")

    def test_sync(self):
        self.all_calls("update", "sync")

    def test_rename(self):
        self.all_calls("update", "rename")

    def test_open(self):
        self.all_calls("update", "open")

    def test_first_start(self):
        for kind in KINDS:
            self.all_calls("nothing", kind)


if __name__ == "__main__":
    unittest.main()
