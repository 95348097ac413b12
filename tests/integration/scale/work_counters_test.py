"""What passes over apps that were all really applied may cost, counted by the engine itself. The counts carry no
noise: a pass that reads one object too many fails here on any machine. laws_test.py has the large numbers."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "support"))
sys.dont_write_bytecode = True
from workbench import Workbench  # noqa: E402

APPS = 150
SHARDS = 16


def name(i):
    return "app-%04d" % i


def folder(i):
    return "apps/%02d/%s" % (i % SHARDS, name(i))


def manifest(i, version=0, comment=""):
    return ("%sname: %s\nversion: \"1.%d\"\npattern: single-vm\nprovider: local\n"
            "environment:\n  - {name: NUMBER, default: \"%d\"}\n" % (comment, name(i), version, i))


def files(i):
    return {folder(i) + "/tfgrid-compose.yaml": manifest(i),
            folder(i) + "/src/index.html": "<h1>%d</h1>\n" % i}


class WorkCountersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.bench = Workbench()
        everything = {"README.md": "apps\n"}
        for i in range(APPS):
            everything.update(files(i))
        cls.bench.remote.commit(everything, "base")
        cls.first = cls.bench.json("reconcile")

    @classmethod
    def tearDownClass(cls):
        cls.bench.remove()

    def reconcile(self, *words):
        report = self.bench.json("reconcile", *words)
        return report, report["stats"]

    def test_0_first_pass_reads_every_manifest_once(self):
        self.assertEqual(self.first["summary"]["create"], APPS)
        self.assertEqual(self.first["summary"]["failed"], 0)
        self.assertEqual(self.first["stats"]["manifestsParsed"], APPS)

    def test_1_nothing_new_costs_nothing(self):
        report, stats = self.reconcile()
        self.assertEqual(report["summary"]["actions"], 0)
        self.assertEqual(report["summary"]["unchanged"], APPS)
        self.assertEqual(stats["remoteQueries"], 1)
        self.assertLessEqual(stats["objectsRead"], 1, "the tip itself and nothing beyond it")
        for counter in ("fetches", "manifestsParsed", "appsPlanned", "rowsWritten", "fsyncs", "children", "connections"):
            self.assertEqual(stats[counter], 0, counter)

    def test_2_a_commit_beside_the_apps_touches_none(self):
        self.bench.remote.commit({"README.md": "apps, edited\n"})
        report, stats = self.reconcile()
        self.assertEqual(report["summary"]["actions"], 0)
        self.assertEqual(stats["manifestsParsed"], 0)
        self.assertEqual(stats["appsPlanned"], 0)
        # The commits and root trees, old and new, and nothing below.
        self.assertLessEqual(stats["objectsRead"], 8)

    def test_3_one_changed_file_is_one_manifest_and_one_app(self):
        self.bench.remote.commit({folder(7) + "/src/index.html": "<h1>new</h1>\n"})
        report, stats = self.reconcile()
        self.assertEqual([app["app"] for app in report["apps"] if app["actions"]], [name(7)])
        self.assertEqual(stats["manifestsParsed"], 1)
        self.assertEqual(stats["appsPlanned"], 1)
        # Changed directories: root, apps, the shard, the app, its src.
        self.assertLessEqual(stats["objectsRead"], 8 + 4 * 5)

    def test_4_n_changed_apps_are_n_manifests(self):
        changed = range(100, 110)
        self.bench.remote.commit({folder(i) + "/tfgrid-compose.yaml": manifest(i, version=1) for i in changed})
        _, stats = self.reconcile()
        self.assertEqual(stats["manifestsParsed"], len(changed))
        self.assertEqual(stats["appsPlanned"], len(changed))

    def test_5_a_comment_is_read_and_runs_nothing(self):
        self.bench.remote.commit({folder(8) + "/tfgrid-compose.yaml": manifest(8, comment="# a word\n")})
        report, stats = self.reconcile()
        self.assertEqual(stats["manifestsParsed"], 1)
        self.assertEqual(report["summary"]["actions"], 0)

    def test_6_a_dry_run_finds_the_same_and_writes_nothing(self):
        self.bench.remote.commit({folder(9) + "/src/index.html": "<h1>new</h1>\n"})
        planned, stats = self.reconcile("--dry-run")
        self.assertEqual(stats["rowsWritten"], 0)
        self.assertEqual(stats["manifestsParsed"], 1)
        applied, _ = self.reconcile()

        def steps(report):
            return [(app["app"], action["phase"], action["step"], action["kind"])
                    for app in report["apps"] for action in app["actions"]]
        self.assertEqual(steps(planned), steps(applied))
        self.assertNotEqual(steps(planned), [])

    def test_7_one_app_more_and_one_less(self):
        self.bench.remote.commit({**files(APPS), folder(3) + "/tfgrid-compose.yaml": None,
                                  folder(3) + "/src/index.html": None})
        report, stats = self.reconcile()
        self.assertEqual(report["summary"]["create"], 1)
        self.assertEqual(stats["manifestsParsed"], 1)
        verdicts = {app["app"]: app["verdict"] for app in report["apps"]}
        self.assertEqual(verdicts.get(name(3)), "orphaned")


if __name__ == "__main__":
    unittest.main()
