"""What the suites have in common: worlds that are gone afterwards, a table that is kept, dice whose seed is printed, and
small file systems for the state."""
import os
import random
import subprocess
import time
import unittest

from world import World

SEED = int(os.environ.get("TFGRID_COMPOSE_DEATH_SEED", "0")) or time.time_ns() % 1_000_000_007


class Suite(unittest.TestCase):
    """REQUIRES: `ledger` is set to the suite's Ledger."""

    ledger = None

    @classmethod
    def tearDownClass(cls):
        cls.ledger.save()

    def make_world(self, kind=World, **options):
        world = kind(**options)
        self.addCleanup(world.remove)
        self.addCleanup(world.kill_all)
        return world

    @staticmethod
    def make_dice():
        print("seed %d" % SEED)
        return random.Random(SEED)

    def mount(self, world, size):
        """Puts the world's state on a file system in memory of that size."""
        os.makedirs(world.state, mode=0o700, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0700,size=%s" % size, "none", world.state],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest("mounting is not allowed here (it needs root and CAP_SYS_ADMIN): " + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", world.state], check=False)
