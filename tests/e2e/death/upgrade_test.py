"""A database of the first schema is brought forward, and the program is killed at every durable point of
that. Afterwards there is the old schema, that of a whole step, or the new one, and the copy from before is
whole."""
import os
import re
import sqlite3
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
from ledger import Ledger  # noqa: E402
from world import ROOT, World  # noqa: E402

LEDGER = Ledger("death-upgrade")
OLD_SCHEMA = os.path.join(ROOT, "tests/unit/store/schema_v1.sql")


def downgrade(path):
    """Makes the database at `path` what version 1 would have written: its tables, with the same rows."""
    old = path + ".old"
    with open(OLD_SCHEMA, encoding="utf-8") as f:
        schema = f.read()
    database = sqlite3.connect(old, isolation_level=None)
    database.executescript(schema)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("ATTACH ? AS now", (path,))
    for table in re.findall(r"CREATE TABLE (\w+)", schema):
        columns = ", ".join(row[1] for row in database.execute("PRAGMA main.table_info(%s)" % table))
        database.execute("DELETE FROM main.%s" % table)
        database.execute("INSERT INTO main.%s (%s) SELECT %s FROM now.%s" % (table, columns, columns, table))
    (application,) = database.execute("PRAGMA now.application_id").fetchone()
    database.execute("PRAGMA main.application_id = %d" % application)
    database.execute("PRAGMA main.user_version = 1")
    database.close()
    os.chmod(old, 0o600)
    os.replace(old, path)


def rows_of(path):
    """What people would miss: apps, steps, runs and snapshots of a database file."""
    database = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    try:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [sorted(database.execute(query).fetchall()) for query in (
            "SELECT name, sync, health, current_snapshot FROM app", "SELECT name, address, step FROM recorded_step",
            "SELECT id, status FROM run", "SELECT name, number FROM snapshot")]
    finally:
        database.close()


class UpgradeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(configuration="limits: {parallelApps: 1}\n")
        assert cls.world.run("reconcile").code == 0
        cls.database = os.path.join(cls.world.state, "state.db")
        downgrade(cls.database)
        cls.rows = rows_of(cls.database)
        cls.world.save("old")

    @classmethod
    def tearDownClass(cls):
        cls.world.kill_all()
        cls.world.remove()
        LEDGER.save()

    def version(self):
        with self.world.database() as database:
            return database.execute("PRAGMA user_version").fetchone()[0]

    def test_killed_in_a_migration(self):
        row = LEDGER.row("F16 kill -9 at every point of a migration", "all or nothing; the copy is whole")
        world = self.world
        world.restore("old")
        outcome, points = world.trace("reconcile", calls="points,pwrite,write")
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(self.version(), invariants.SCHEMA_VERSION)
        copies = [name for name in os.listdir(world.state) if ".before-v" in name]
        self.assertEqual(copies, ["state.db.before-v%d" % invariants.SCHEMA_VERSION])
        for number in range(1, len(points) + 1):
            for moment in ("kill-before", "kill-half"):
                world.restore("old")
                killed = world.run("reconcile", shim={"calls": "points,pwrite,write", "at": number, "do": moment})
                problems = [] if killed.code in (-9, 0) else ["it ended with %d" % killed.code]
                version = self.version()
                problems += [] if version in range(1, invariants.SCHEMA_VERSION + 1) else ["schema version %s" % version]
                before = invariants.Before(set(), {}, os.path.getsize(world.at("witness")))
                after = world.run("reconcile")
                problems += invariants.after_recovery(world, before, after)
                copy = os.path.join(world.state, copies[0])
                if not os.path.exists(copy) or rows_of(copy) != self.rows:
                    problems.append("the copy from before is not what was there")
                if "start" in {line.what for line in world.witness(new_only=True)}:
                    problems.append("the upgrade made a hook run")
                old = version < invariants.SCHEMA_VERSION
                row.add("old, then new" if old else "new" if not problems else "violated", problems,
                        "%s %d of %d (%s %s)" % (moment, number, len(points), *points[number - 1]), after.seconds)
        row.check(self)

    def test_downgrade_with_the_copy(self):
        row = LEDGER.row("F16 back to the copy from before", "its rows are those from before")
        self.world.restore("old")
        self.assertEqual(self.world.run("reconcile").code, 0)
        copy = self.database + ".before-v%d" % invariants.SCHEMA_VERSION
        restored = self.world.run("restore", "--yes", copy)
        problems = [] if restored.code == 0 else [restored.err]
        before = invariants.remember(self.world)
        after = self.world.run("reconcile")
        problems += invariants.after_recovery(self.world, before, after)
        row.add("restored, brought forward again" if not problems else "violated", problems, ready=after.seconds)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
