"""What a power cut would lose. kill -9 loses nothing that the kernel holds, so order is read from a trace
of the engine's own calls instead: before a hook starts, and before the command ends, everything that was
written must have been synced; and nothing gets its final name before its bytes are on the disk."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from ledger import Ledger  # noqa: E402
from world import World  # noqa: E402

LEDGER = Ledger("death-order")
# The database's shared memory is made anew at each start; locks and logs are not truth.
NOT_TRUTH = ("state.db-shm", ".lock", "/state/lock", "/logs/", "/run/hook")


class Disk:
    """What would be on the disk after a power cut, call by call."""

    def __init__(self):
        self.unsynced = set()        # files with bytes that were not synced
        self.new_names = {}          # directory -> names in it that were not synced
        self.problems = []

    def call(self, name, path):
        path, _, source = path.partition("\t")
        if any(mark in path for mark in NOT_TRUTH):
            return
        if name in ("write", "pwrite", "ftruncate"):
            self.unsynced.add(path)
        elif name in ("fsync", "fdatasync"):
            self.unsynced.discard(path)
            self.new_names.pop(path, None)
        elif name == "syncfs":
            self.unsynced.clear()
            self.new_names.clear()
        elif name in ("rename", "link"):
            late = [file for file in self.unsynced if file == source or file.startswith(source + "/")]
            if late:
                self.problems.append("%s gets its name before its bytes are synced" % path)
            self.new_names.setdefault(os.path.dirname(path), set()).add(path)
        elif name == "unlink":
            self.unsynced.discard(path)
            for names in self.new_names.values():
                names.discard(path)

    def effect(self, what):
        """Something that the world sees: all that was decided before it must be durable."""
        for path in sorted(self.unsynced):
            # Bytes of the database file itself follow its log, which counts.
            if not path.endswith("/state.db"):
                self.problems.append("%s is not synced when %s" % (path, what))
        for directory, names in self.new_names.items():
            for path in sorted(names):
                self.problems.append("the name %s is not synced when %s (%s)" % (path, what, directory))


class DurabilityTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(configuration="limits: {parallelApps: 1}\n")

    @classmethod
    def tearDownClass(cls):
        cls.world.remove()
        LEDGER.save()

    def check(self, name, *words):
        row = LEDGER.row("power cut while %s" % name, "synced before named, and before each effect")
        outcome, calls = self.world.trace(
            *words, calls="write,pwrite,ftruncate,fsync,fdatasync,syncfs,rename,link,unlink,exec")
        self.assertEqual(outcome.code, 0, outcome.err)
        disk = Disk()
        syncs = 0
        for call, path in calls:
            disk.call(call, path.replace(self.world.path, ""))
            syncs += call in ("fsync", "fdatasync", "syncfs")
            if call == "exec":
                disk.effect("%s starts" % os.path.basename(path))
        disk.effect("the command ends")
        self.assertGreater(syncs, 3, "the trace holds no syncs: nothing was tested")
        problems = sorted(set(disk.problems))
        row.add("durable in order" if not problems else "violated", problems, name)
        row.runs = len(calls)
        row.outcomes = {"calls in order": len(calls)} if not problems else row.outcomes
        row.check(self)

    def test_order(self):
        self.check("two apps are created", "reconcile")
        self.world.commit({"one": "2"})
        self.check("an app is updated", "reconcile")
        self.check("it is rolled back", "rollback", "one")
        self.check("it is suspended", "suspend", "two", "--reason", "test")
        self.check("it is taken down", "down", "one", "--yes")


if __name__ == "__main__":
    unittest.main()
