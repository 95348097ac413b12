"""Full and read-only disks: small file systems in memory that are mounted for the test. Where mounting is
not allowed, every write is refused by the shim instead, and the test says what it could not do."""
import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from suite import Suite  # noqa: E402


class DisksTest(Suite):
    ledger = Ledger("death-disks")

    def setUp(self):
        self.world = self.make_world()

    def fill(self, leave):
        """Leaves about so many bytes free; what made it full can be removed again."""
        disk = os.statvfs(self.world.state)
        path = os.path.join(self.world.state, "filler")
        with open(path, "wb") as f:
            f.write(bytes(max(0, disk.f_bavail * disk.f_frsize - leave)))
        return path

    def recover(self, row, name, problems):
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        outcome = "said so; the next pass converged"
        if after.code != 0 or invariants.converged(self.world):
            outcome = "said so; converged when asked for by name"
            for app in self.world.apps:
                self.world.run("resume", app)
            after = self.world.run("reconcile", *self.world.apps)
        problems += invariants.after_recovery(self.world, before, after, may_repeat=True)
        row.add(outcome if not problems else "violated", problems, name, after.seconds)

    def test_full(self):
        row = self.ledger.row("F5 state directory full", "one clear error; it recovers when there is room")
        self.mount(self.world, "3m")
        self.assertEqual(self.world.run("reconcile").code, 0)
        for step, leave in enumerate((0, 4096, 16384, 32768, 65536, 131072, 262144)):
            self.world.commit({"one": "full-%d" % step})
            filler = self.fill(leave)
            outcome = self.world.run("reconcile")
            problems = invariants.after_fault(self.world, outcome)
            if outcome.code not in (0, 1):
                problems.append("it ended with %d: %s" % (outcome.code, outcome.err[-300:]))
            said = outcome.err + outcome.out
            if outcome.code == 1 and (self.world.state not in said or "space" not in said):
                problems.append("it does not say where there is no space: %s" % said[-400:])
            shown = self.world.run("status")
            if shown.code != 0:
                problems.append("status does not work on a full disk: %s" % shown.err[-300:])
            os.unlink(filler)
            self.recover(row, "%d bytes left" % leave, problems)
        row.check(self)

    def test_first_start_on_a_full_disk(self):
        row = self.ledger.row("F5 first start on a full disk", "one clear error, nothing half made")
        self.mount(self.world, "2m")
        for leave in (0, 4096, 32768, 65536, 131072):
            filler = self.fill(leave)
            outcome = self.world.run("reconcile")
            problems = [] if outcome.code == 0 or self.world.state in outcome.err + outcome.out else [
                "it names no path: %s" % outcome.err[-300:]]
            os.unlink(filler)
            self.recover(row, "%d bytes left" % leave, problems)
            subprocess.run("rm -rf %s/*" % self.world.state, shell=True, check=True)
        row.check(self)

    def test_read_only(self):
        row = self.ledger.row("F7 read-only file system", "refused by name; looking still works")
        self.mount(self.world, "8m")
        self.assertEqual(self.world.run("reconcile").code, 0)
        self.world.commit({"one": "2"})
        subprocess.run(["mount", "-o", "remount,ro", self.world.state], check=True)
        outcome = self.world.run("reconcile")
        problems = [] if outcome.code == 1 and self.world.state in outcome.err else [
            "%d: %s" % (outcome.code, outcome.err[-300:])]
        for words in (("status",), ("history", "one"), ("events",)):
            shown = self.world.run(*words)
            if shown.code != 0:
                problems.append("%s does not work: %s" % (words[0], shown.err[-300:]))
        problems += ["a hook ran" for line in self.world.witness() if line.revision.endswith(self.world.head())]
        subprocess.run(["mount", "-o", "remount,rw", self.world.state], check=True)
        self.recover(row, "read-only", problems)
        row.check(self)

    def test_every_write_refused(self):
        """The same without a mount: from the n-th write on there is no space, until the next command."""
        row = self.ledger.row("F5 no space from the n-th write on", "one clear error; it recovers when there is room")
        self.assertEqual(self.world.run("reconcile").code, 0)
        self.world.commit({"one": "2"})
        self.world.save("update")
        _, calls = self.world.trace("reconcile", calls="write,pwrite")
        for number in range(1, len(calls) + 1, 11):
            self.world.restore("update")
            outcome = self.world.run("reconcile", shim={"calls": "write,pwrite", "at": "%d+" % number, "do": "ENOSPC"})
            problems = invariants.after_fault(self.world, outcome)
            if outcome.code == 1 and self.world.state not in outcome.err + outcome.out:
                problems.append("it names no path: %s" % outcome.err[-300:])
            self.recover(row, "from write %d on (%s)" % (number, calls[number - 1][1].replace(self.world.path, "")), problems)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
