"""A state database that is not as it was left: cut, overwritten, foreign, newer, gone, locked, on a full or
read-only disk. The program refuses by name and with the command that helps, changes nothing, and never
begins with an empty database."""
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

# Long enough to outlast the wait at the start; the script of the long way holds it for 30 s.
LOCKED_SECONDS = float(os.environ.get("TFGRID_COMPOSE_DEATH_LOCKED", "7"))
LEDGER = Ledger("death-store")

# Takes the write lock, says so, and keeps it until its input ends.
HOLDER = """
import sqlite3, sys
d = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
d.execute('BEGIN IMMEDIATE')
d.execute("UPDATE meta SET value = value WHERE key = 'written_by'")
print('held', flush=True)
sys.stdin.read()
"""


def digest(path):
    with open(path, "rb") as f:
        return hashlib.sha256(f.read()).hexdigest()


class StoreTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(configuration="limits: {parallelApps: 1}\n")
        assert cls.world.run("reconcile").code == 0
        assert cls.world.run("backup", cls.world.at("backup.db")).code == 0
        cls.world.commit({"one": "2"})
        cls.world.save("good")

    @classmethod
    def tearDownClass(cls):
        cls.world.kill_all()
        cls.world.remove()
        LEDGER.save()

    def setUp(self):
        self.world.restore("good")
        self.database = os.path.join(self.world.state, "state.db")

    def refused(self, row, name, wanted=("state.db", "restore"), commands=(("reconcile",), ("status",))):
        """Each command fails, says what is wanted, and leaves everything as it is."""
        world = self.world
        before = digest(self.database) if os.path.exists(self.database) else ""
        names = sorted(os.listdir(world.state))
        problems = []
        for words in commands:
            outcome = world.run(*words)
            said = outcome.err + outcome.out
            if outcome.code != 1:
                problems.append("%s ended with %d: %s" % (words[0], outcome.code, said[-200:]))
            problems += ["%s does not say %r: %s" % (words[0], word, said[-300:]) for word in wanted if word not in said]
        if (digest(self.database) if os.path.exists(self.database) else "") != before:
            problems.append("the file was changed")
        if sorted(os.listdir(world.state)) != names:
            problems.append("files came or went: %s, were %s" % (sorted(os.listdir(world.state)), names))
        problems += ["a hook ran" for line in world.witness(new_only=True)[:1]]
        row.add("refused, nothing changed" if not problems else "violated", problems, name)

    def overwrite(self, offset, data):
        with open(self.database, "r+b") as f:
            f.seek(offset)
            f.write(data)

    def test_truncated(self):
        row = LEDGER.row("F7 database truncated", "refused by name, with the restore command")
        size = os.path.getsize(self.database)
        for length in (0, 1, 15, 50, 100, 4095, 4096, size // 2, size - 4096, size - 1):
            self.world.restore("good")
            os.truncate(self.database, length)
            self.refused(row, "cut to %d bytes" % length)
        row.check(self)

    def test_zeroed_page(self):
        row = LEDGER.row("F7 a page of the database zeroed", "refused by name, with the restore command")
        for page in range(os.path.getsize(self.database) // 4096):
            self.world.restore("good")
            self.overwrite(page * 4096, bytes(4096))
            if page > 0 and not invariants.database_is_sound(self.world):
                self.unseen(row, page)
            else:
                self.refused(row, "page %d" % page)
        row.check(self)

    def unseen(self, row, page):
        """SQLite itself finds nothing wrong: a free page, or the middle of an old plan's text."""
        after = self.world.run("reconcile")
        problems = [] if after.code in (0, 1) else ["reconcile ended with %d" % after.code]
        problems += invariants.database_is_sound(self.world) + invariants.nothing_left(self.world)
        row.add("not noticed by SQLite, no harm" if not problems else "violated", problems, "page %d" % page)

    def test_wrong_magic(self):
        row = LEDGER.row("F7 wrong magic, another program's database", "refused by name, with the restore command")
        self.overwrite(0, b"SQLite format 4\0")
        self.refused(row, "magic")
        os.unlink(self.database)
        with sqlite3.connect(self.database) as other:
            other.execute("CREATE TABLE recipes (name)")
        other.close()
        os.chmod(self.database, 0o600)
        self.refused(row, "another program's")
        with open(self.database, "wb") as f:
            f.write(b"hello\n" * 2000)
        self.refused(row, "no database at all")
        row.check(self)

    def test_newer_schema(self):
        row = LEDGER.row("F7, F16 schema newer than the program", "refused; both versions are named")
        with sqlite3.connect(self.database) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        self.refused(row, "version 99", ("state.db", "99", "newer", "restore"))
        row.check(self)

    def test_gone(self):
        row = LEDGER.row("F7 database gone while its copies or log are there", "refused; nothing is begun anew")
        for other in ("state.db-wal", "state.db.before-v2", "state.db.replaced-20260101T000000Z", "state.db.restoring"):
            self.world.restore("good")
            shutil.move(self.database, os.path.join(self.world.state, other))
            self.refused(row, other, ("state.db", "restore"), (("reconcile",),))
        self.world.restore("good")
        os.unlink(os.path.join(self.world.state, "key"))
        self.refused(row, "key gone", ("key", "backup"))
        with open(os.path.join(self.world.state, "key"), "wb") as f:
            f.write(os.urandom(32))
        os.chmod(f.name, 0o600)
        self.refused(row, "another key", ("key",))
        row.check(self)

    def test_restore_repairs(self):
        """The command that every refusal names does what it promises."""
        row = LEDGER.row("F7 restore after damage", "restored, then converged")
        self.overwrite(2 * 4096, os.urandom(4096))
        before = invariants.Before(set(), {}, os.path.getsize(self.world.at("witness")))
        restored = self.world.run("restore", "--yes", self.world.at("backup.db"))
        after = self.world.run("reconcile")
        problems = [] if restored.code == 0 else [restored.err]
        problems += invariants.after_recovery(self.world, before, after)
        row.add("restored, converged" if not problems else "violated", problems, ready=after.seconds)
        row.check(self)

    def hold(self):
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, self.database], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        self.addCleanup(holder.wait)
        self.addCleanup(holder.kill)
        self.assertEqual(holder.stdout.readline(), "held\n")
        return holder

    def test_killed_holder_and_stale_log(self):
        row = LEDGER.row("F6 killed holder, stale write-ahead log", "the next command goes on at once")
        holder = self.hold()
        holder.kill()
        holder.communicate()
        self.assertTrue(os.path.exists(self.database + "-wal"))
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        problems = invariants.after_recovery(self.world, before, after)
        row.add("recovered" if not problems else "violated", problems, ready=after.seconds)
        # The log of another database must not be played into this one.
        self.world.restore("good")
        with open(self.database + "-wal", "wb") as f:
            f.write(os.urandom(8192))
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        problems = invariants.after_recovery(self.world, before, after)
        row.add("recovered" if not problems else "violated", problems, "random log", after.seconds)
        row.check(self)

    def test_locked_at_start(self):
        row = LEDGER.row("F6 database locked by another process at the start", "one clear error, nothing changed")
        holder = self.hold()
        outcome = self.world.run("reconcile")
        problems = [] if outcome.code == 1 and "busy" in outcome.err and "state.db" in outcome.err else [
            "%d: %s" % (outcome.code, outcome.err[-300:])]
        holder.communicate("")
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        problems += invariants.after_recovery(self.world, before, after)
        row.add("refused, then recovered" if not problems else "violated", problems, ready=after.seconds)
        row.check(self)

    def test_locked_while_it_works(self):
        """Somebody locks the database while a hook runs: its result must not be lost."""
        row = LEDGER.row("F6 database locked by another process while a hook runs", "no result is lost")
        world = World(apps=("one",))
        self.addCleanup(world.remove)
        self.addCleanup(world.kill_all)
        fifo = world.at("fifo")
        os.mkfifo(fifo)
        world.bodies["setup"] = 'read word <"%s"' % fifo
        world.commit({"one": "1"})
        engine = world.start("reconcile")
        with world.open_gate(fifo, engine) as f:
            self.database = os.path.join(world.state, "state.db")
            holder = self.hold()
            f.write("go\n")
        time.sleep(LOCKED_SECONDS)  # The fault itself.
        holder.communicate("")
        out, err = engine.communicate(timeout=120)
        starts = [line for line in world.witness() if line.what == "start" and line.hook == "setup"]
        problems = invariants.converged(world) if engine.returncode == 0 else ["%d: %s" % (engine.returncode, (err + out)[-300:])]
        if len(starts) != 1:
            problems.append("setup ran %d times" % len(starts))
        row.add("waited, nothing lost" if not problems else "violated", problems)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
