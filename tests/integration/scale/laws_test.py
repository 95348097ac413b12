"""What a pass may cost, at 1,000 and at 100,000 apps, counted by the engine itself: no clock, no noise. The layout,
sharded or flat, is the first argument.

Two kinds of bounds: laws hold whatever the code looks like; the numbers in TIGHT are what it needs today. Whoever
needs less lowers them; whoever needs more says why."""
import sys
import unittest

from settled_world import MANY, SettledWorld

LAYOUT = "shard"
SIZES = (1_000, 100_000)

# Objects read by a dry run of a branch. A flat layout has one directory less above each app.
TIGHT = {"shard": {"main": 1, "aside": 3, "manifest1": 12, "page1": 12, "add1": 11, "delete1": 8},
         "flat": {"main": 1, "aside": 3, "manifest1": 10, "page1": 10, "add1": 9, "delete1": 6}}
WRITING = ("rows written", "durable commits", "processes started", "connections", "fetches")


class ScaleLaws(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.worlds = []
        cls.addClassCleanup(lambda: [world.remove() for world in cls.worlds])
        for size in SIZES:
            cls.worlds.append(SettledWorld(size, LAYOUT))

    def check_dry_run(self, branch, changed_directories):
        """The laws of a dry run that hold for every change; what it cost, which no size may change."""
        passes = []
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                seen = world.dry_run(branch)
                for label in WRITING:
                    self.assertEqual(seen[label], 0, label)
                self.assertEqual(seen["remote queries"], 1)
                self.assertLessEqual(seen["objects read"], 8 + 4 * changed_directories, seen.text)
                passes.append(seen)
        if len(passes) < len(self.worlds):
            return passes  # The failure is told already.
        self.assertEqual(passes[0].counted, passes[1].counted, "the cost follows the size, not the change")
        self.assertLessEqual(passes[0]["objects read"], TIGHT[LAYOUT][branch], passes[0].text)
        return passes

    def directories(self, apps, below=0):
        """Changed directories when so many apps change: the root, `apps`, the shards, the apps, and below these."""
        return 2 + (apps if LAYOUT == "shard" else 0) + apps * (1 + below)

    def test_first_pass_reads_every_manifest_once(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                self.assertEqual(world.first["manifests parsed"], world.apps)
                self.assertEqual(world.first["apps planned"], MANY)
                self.assertEqual(world.first["remote queries"], 1)
                # Of each app three trees and its manifest; the shards, and more of the apps that are applied.
                self.assertLessEqual(world.first["objects read"], 4 * world.apps + 256 + 20 * MANY)

    def test_nothing_new_costs_nothing(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                seen = world.reconcile("main")
                self.assertEqual(seen["remote queries"], 1)
                self.assertLessEqual(seen["objects read"], 1, "the tip itself and nothing beyond it")
                for label in WRITING + ("manifests parsed", "apps planned"):
                    self.assertEqual(seen[label], 0, label)
                self.assertIn("Nothing to do: %d unchanged." % world.apps, seen.text)
        self.check_dry_run("main", 0)

    def test_a_commit_beside_the_apps_touches_none(self):
        for seen in self.check_dry_run("aside", 0):
            self.assertEqual((seen["manifests parsed"], seen["apps planned"], seen.apps), (0, 0, []))

    def test_one_changed_manifest_is_one_app(self):
        for seen in self.check_dry_run("manifest1", self.directories(1)):
            self.assertEqual((seen["manifests parsed"], seen["apps planned"], len(seen.apps)), (1, 1, 1))
            self.assertEqual(seen.actions, 1)

    def test_one_changed_file_is_one_app(self):
        for seen in self.check_dry_run("page1", self.directories(1, below=1)):
            self.assertEqual((seen["manifests parsed"], seen["apps planned"], len(seen.apps)), (1, 1, 1))
            self.assertEqual(seen.actions, 2)

    def test_many_changed_apps_are_as_many_manifests(self):
        of_each = 8 if LAYOUT == "shard" else 6
        for branch, below in (("manifest%d" % MANY, 0), ("page%d" % MANY, 1)):
            for world in self.worlds:
                with self.subTest(apps=world.apps):
                    seen = world.dry_run(branch)
                    self.assertEqual((seen["manifests parsed"], seen["apps planned"], sorted(seen.apps)),
                                     (MANY, MANY, sorted(world.changed)))
                    self.assertLessEqual(seen["objects read"], 8 + 4 * self.directories(MANY, below))
                    # Tight: the shared directories, of each app what one app needs, and its shard, old and new.
                    self.assertLessEqual(seen["objects read"], 6 + of_each * MANY, seen.text)

    def test_one_app_more(self):
        for seen in self.check_dry_run("add1", self.directories(1)):
            self.assertEqual((seen["manifests parsed"], seen["apps planned"], len(seen.apps)), (1, 1, 1))

    def test_one_app_less(self):
        for seen in self.check_dry_run("delete1", self.directories(1)):
            self.assertEqual((seen["manifests parsed"], seen["apps planned"], len(seen.apps)), (0, 1, 1))

    def test_a_run_of_k_actions_commits_k_plus_2_times(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                for branch, actions in (("page1", 2), ("main", 2), ("manifest1", 1), ("main", 1)):
                    seen = world.reconcile(branch)
                    self.assertEqual((seen.actions, seen["apps planned"], seen["manifests parsed"]), (actions, 1, 1))
                    self.assertLessEqual(seen["durable commits"], actions + 2, seen.text)
                    self.assertEqual(seen["processes started"], 1, "the configure hook")

    def test_runs_of_many_apps_share_what_the_source_costs(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                for branch in ("page%d" % MANY, "main"):
                    seen = world.reconcile(branch)
                    self.assertEqual(seen.actions, 2 * MANY)
                    self.assertLessEqual(seen["durable commits"], 1 + MANY * (2 + 1))
                    self.assertEqual(seen["processes started"], MANY)

    def test_a_plan_without_actions_is_recorded_in_one_commit(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                for branch in ("aside", "main"):
                    seen = world.reconcile(branch)
                    self.assertEqual((seen.actions, seen["apps planned"]), (0, 0))
                    self.assertLessEqual(seen["durable commits"], 1)
                    self.assertLessEqual(seen["rows written"], 2, "the source and an event")

    def test_without_the_old_tip_fingerprints_are_compared_and_nothing_is_parsed(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                with world.forgotten_tip():
                    seen = world.dry_run("main")
                self.assertEqual((seen["manifests parsed"], seen["apps planned"], seen.apps), (0, 0, []))
                # One tree for each app, and those above.
                self.assertLessEqual(seen["objects read"], world.apps + 256 + 16, seen.text)

    def test_a_full_pass_reads_a_tree_of_each_app_and_writes_nothing(self):
        for world in self.worlds:
            with self.subTest(apps=world.apps):
                seen = world.reconcile("main", "--full")
                self.assertEqual((seen["manifests parsed"], seen["apps planned"], seen.apps), (0, 0, []))
                self.assertGreaterEqual(seen["objects read"], world.apps)
                self.assertLessEqual(seen["objects read"], world.apps + 256 + 16, seen.text)
                for label in WRITING:
                    self.assertEqual(seen[label], 0, label)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in ("shard", "flat"):
        LAYOUT = sys.argv.pop(1)
    unittest.main()
