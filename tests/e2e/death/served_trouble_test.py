"""The daemon when its disk is full or read-only, when writes and syncs fail, when its database is locked or is not what
it was, and when the clock jumps. A webhook that cannot be made durable is answered 503, never 202; looking goes on;
when the trouble is over, the same daemon puts all right by itself."""
import contextlib
import os
import sqlite3
import subprocess
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
from suite import Suite  # noqa: E402

LOCKED_SECONDS = float(os.environ.get("TFGRID_COMPOSE_DEATH_LOCKED", "3"))
REFUSED = "503 meanwhile, right again by itself"
WAITED = "waited, then went on"
HOUR = 3600
TEN_YEARS = 10 * 365 * 24 * HOUR


class ServedTroubleTest(Suite):
    ledger = Ledger("death-served-trouble")

    def setUp(self):
        self.world = self.make_world(ServedWorld)

    def begin(self, shim=None):
        served = self.world.serve(shim)
        self.assertIsNotNone(served.ready(), served.said())
        self.assertTrue(served.settle(), served.said()[-2000:])
        return served

    def deliver_in_trouble(self, served, name, must_fail):
        """A delivery while there is trouble: (what is wrong, names that were answered 202)."""
        status, headers, body = served.deliver_and_read(name)
        problems = []
        if status == 503 and not headers.get("Retry-After"):
            problems.append("a 503 without Retry-After")
        if status == 503 and self.world.state in body.decode(errors="replace"):
            problems.append("the answer tells of paths here: %s" % body)
        if status not in ((503,) if must_fail else (202, 503)):
            problems.append("the answer was %d: %s" % (status, body[-200:]))
        for path in ("/apps", "/sources"):
            if served.api("GET", path)[0] != 200:
                problems.append("%s cannot be looked at" % path)
        if not served.alive():
            problems.append("it ended: %s" % served.said()[-500:])
        return problems, [name] if status == 202 else []

    def recover(self, row, name, served, problems, answered, outcome=REFUSED):
        """The trouble is over, and the forge sends again what was refused."""
        world = self.world
        if served.deliver("again-" + name) not in (200, 202):
            problems.append("a webhook is refused after it")
        if not served.settle(30):
            # A run that failed for lack of space may have been parked or rolled back, as any failure.
            outcome = "503 meanwhile, right again after a resume"  # Of a person.
            for app in world.apps:
                served.api("POST", "/apps/test/%s/resume" % app, {})
            if not served.settle():
                problems.append("it does not settle: %s" % served.said()[-2000:])
        before = invariants.remember(world)
        problems += served_rules.after_recovery(world, before, served, served.end(), may_repeat=True)
        problems += served_rules.answers_are_kept(world, answered)
        row.add(outcome if not problems else "violated", problems, name)

    # --- Disks

    def test_full_disk(self):
        row = self.ledger.row("F5 daemon: the state's disk is full", "503 or durable, looking goes on, right again by itself")
        self.mount(self.world, "4m")
        for turn, leave in enumerate((0, 65536)):
            served = self.begin()
            disk = os.statvfs(self.world.state)
            filler = os.path.join(self.world.state, "filler")
            # The daemon may take the last of it first.
            with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as f:
                f.write(bytes(max(0, disk.f_bavail * disk.f_frsize - leave)))
            self.world.commit({"one": "full-%d" % turn})
            problems, answered = [], []
            for number in range(10):
                more, kept = self.deliver_in_trouble(served, "full-%d-%d" % (turn, number), False)
                problems += more
                answered += kept
            os.unlink(filler)
            self.recover(row, "%d bytes left" % leave, served, problems, answered)
        row.check(self)

    def test_read_only_disk(self):
        row = self.ledger.row("F7 daemon: the state's file system is read-only", "it refuses to start, by name; looking works")
        world = self.world
        self.mount(self.world, "8m")
        self.assertEqual(world.run("reconcile").code, 0)
        world.commit({"one": "2"})
        subprocess.run(["mount", "-o", "remount,ro", world.state], check=True)
        served = world.serve()
        code = served.process.wait(60)
        problems = [] if code == 1 and world.state in served.said() else [
            "it ended with %d: %s" % (code, served.said()[-300:])]
        shown = world.run("status")
        problems += [] if shown.code == 0 else ["status does not work: %s" % shown.err[-300:]]
        subprocess.run(["mount", "-o", "remount,rw", world.state], check=True)
        self.recover(row, "read-only", self.begin(), problems, [], "refused, went on when it could write")
        row.check(self)

    def test_calls_that_fail_for_a_while(self):
        world = self.world
        trouble = world.at("trouble")
        for calls, error, must_fail in (("syncs", "EIO", True), ("write,pwrite", "ENOSPC", True),
                                        ("write,pwrite", "EIO", True), ("open", "EMFILE", False),
                                        ("renames", "ENOSPC", False)):
            row = self.ledger.row("F4 daemon: each %s fails with %s for a while" % (calls.replace(",", " and "), error),
                                  "no 202 that is not durable, right again by itself")
            served = self.begin({"calls": calls, "at": "1+", "do": error, "while": trouble})
            world.commit({"one": "%s-%s" % (calls, error)})
            with open(trouble, "w", encoding="utf-8"):
                pass
            problems, answered = [], []
            for number in range(3):
                more, kept = self.deliver_in_trouble(served, "%s-%s-%d" % (calls, error, number), must_fail)
                problems += more
                answered += kept
            os.unlink(trouble)
            self.recover(row, "%s-%s" % (calls, error), served, problems, answered)
        for row in self.ledger.rows:
            with self.subTest(row.fault):
                row.check(self)

    # --- The database

    def test_locked_database(self):
        row = self.ledger.row("F6 daemon: another process holds the database's lock", "no result is lost, looking goes on")
        world = self.world
        served = self.begin()
        holder = sqlite3.connect(os.path.join(world.state, "state.db"), isolation_level=None, timeout=60)
        try:
            holder.execute("BEGIN IMMEDIATE")
            holder.execute("UPDATE meta SET value = value WHERE key = 'written_by'")
            world.commit({"one": "2"})
            statuses = []
            sender = threading.Thread(target=lambda: statuses.append(served.deliver("locked", timeout=2 * LOCKED_SECONDS + 60)))
            sender.start()
            end = time.monotonic() + LOCKED_SECONDS
            problems = []
            while time.monotonic() < end:
                if served.api("GET", "/apps")[0] != 200:
                    problems.append("/apps cannot be looked at")
                if statuses and statuses[0] == 202:
                    problems.append("a 202 while nobody can write")
                time.sleep(0.1)  # The lock is held for a time, whatever the daemon does.
            holder.execute("ROLLBACK")
        finally:
            holder.close()
        sender.join()
        # Providers give up after ten seconds: it is refused before, and nothing was taken.
        if statuses[0] not in (202, 503):
            problems.append("the answer was %d" % statuses[0])
        self.recover(row, "locked", served, problems, ["locked"] if statuses[0] == 202 else [],
                     WAITED if statuses[0] == 202 else REFUSED)
        row.check(self)

    def test_damaged_database(self):
        row = self.ledger.row("F7 daemon: a database that is cut, overwritten, newer", "it refuses to start, changes nothing")
        world = self.world
        self.assertEqual(world.run("reconcile").code, 0)
        path = os.path.join(world.state, "state.db")
        with open(path, "rb") as f:
            good = f.read()
        newer = good[:60] + (99).to_bytes(4, "big") + good[64:]
        for name, damaged in (("cut", good[:len(good) // 2]), ("empty", b""), ("magic", b"SQLite format 4\0" + good[16:]),
                              ("text", b"hello\n" * 2000), ("newer", newer)):
            with open(path, "wb") as f:
                f.write(damaged)
            served = world.serve()
            code = served.process.wait(60)
            problems = [] if code == 1 else ["it ended with %s: %s" % (code, served.said()[-300:])]
            problems += ["it does not say %r: %s" % (word, served.said()[-300:])
                         for word in ("state.db", "restore") if word not in served.said()]
            with open(path, "rb") as f:
                problems += ["the file was changed"] if f.read() != damaged else []
            row.add("refused, nothing changed" if not problems else "violated", problems, name)
        row.check(self)

    # --- The clock

    def test_clock(self):
        world = self.world
        turn = 0
        for jump in (HOUR, -HOUR, TEN_YEARS, -TEN_YEARS):
            row = self.ledger.row("F10 daemon: the wall clock jumps by %+d s" % jump, "no early end, no endless wait")
            for at in (1, 200):
                turn += 1
                world.commit({"one": str(turn)})
                served = world.serve({"clock": jump, "clock_at": at})
                problems = [] if served.ready() is not None and served.settle() else [
                    "it does not settle: %s" % served.said()[-1000:]]
                turn += 1
                world.commit({"one": str(turn)})
                status = served.deliver("clock-%d" % turn)
                problems += [] if status == 202 else ["a webhook is answered %d" % status]
                problems += [] if served.settle() else ["it does not settle: %s" % served.said()[-1000:]]
                before = invariants.remember(world)
                problems += served_rules.after_recovery(world, before, served, served.end(), may_repeat=True)
                row.add("as ever" if not problems else "violated", problems, "from reading %d on" % at)
            row.check(self)


if __name__ == "__main__":
    unittest.main()
