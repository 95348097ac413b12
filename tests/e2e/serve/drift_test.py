"""Drift beside a running daemon: found by itself, told everywhere, and put back by nobody but who asks for it."""
import json
import os
import subprocess
import unittest

import daemon
from daemon import Bench, app_files


class DriftTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench()
        self.addCleanup(self.bench.remove)
        self.bench.more.commit(app_files("mail", "mail"))
        self.bench.remote.commit(app_files("web", "web"))
        self.bench.configure(self.bench.configuration().replace("server: {", "server: {driftInterval: 1s, "))
        self.page = self.bench.at("state", "apps", "test", "web", "source", "page")

    def drift(self, *words):
        """(exit code, document)"""
        done = subprocess.run(self.bench.arguments("drift", "--detailed-exitcode", "-o", "json", *words),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=daemon.PATIENCE)
        return done.returncode, json.loads(done.stdout)

    def edit(self):
        with open(self.page, "w", encoding="utf-8") as f:
            f.write("edited by hand\n")

    def read(self):
        with open(self.page, encoding="utf-8") as f:
            return f.read()

    def looked(self, served, verdict, after):
        return served.wait_line("looked at what is there", "test/web", verdict, after=after)

    def events(self):
        events = json.loads(self.bench.text("events", "web", "-o", "json"))["events"]
        return [event["type"] for event in events if event["type"].startswith("app.drift")]

    def test_it_is_found_told_and_put_back_when_asked(self):
        served = self.bench.start()
        served.wait_line("app applied", "test/web")
        self.looked(served, "in_sync", 0)
        self.assertEqual(self.drift()[0], 0)
        self.assertEqual(self.bench.status()["web"]["drift"]["verdict"], "in_sync")

        seen = served.mark()
        self.edit()
        self.looked(served, "drifted", seen)
        code, document = self.drift("web")
        self.assertEqual(code, 2)
        steps = {step["step"]: step for step in document["apps"][0]["steps"]}
        self.assertEqual(steps["files"]["verdict"], "drifted")
        self.assertEqual(steps["files"]["detail"], "the file page was changed")
        self.assertEqual(self.drift("mail")[0], 0)
        status = self.bench.status()
        self.assertEqual(status["web"]["drift"]["verdict"], "drifted")
        self.assertEqual(status["web"]["sync"], "Synced", "a commit is not what is missing")
        self.assertIn("app.files drifted: the file page was changed", self.bench.text("status", "web"))
        self.assertIn('tfgrid_compose_apps_drifted{environment="test"} 1', self.bench.get("/metrics")[1])
        self.assertEqual(self.events(), ["app.drifted"])

        self.bench.text("reconcile")
        self.assertEqual(self.read(), "edited by hand\n", "a pass over everything heals nothing")
        self.assertIn("not as it was applied: the file page was changed",
                      self.bench.text("reconcile", "web", "--dry-run"))
        self.assertEqual(self.read(), "edited by hand\n")

        seen = served.mark()
        self.assertIn("the file page was changed", self.bench.text("reconcile", "web"))
        self.assertEqual(self.read(), "one\n")
        self.looked(served, "in_sync", seen)
        self.assertEqual(self.drift()[0], 0)
        self.assertIn('tfgrid_compose_apps_drifted{environment="test"} 0', self.bench.get("/metrics")[1])
        self.assertEqual(self.events(), ["app.drifted", "app.drift_gone"])
        self.assertIn("Nothing to do", self.bench.text("reconcile", "web"))
        self.assertEqual(served.end(), 0)

    def test_what_was_found_outlives_the_daemon(self):
        served = self.bench.start()
        served.wait_line("app applied", "test/web")
        seen = served.mark()
        os.remove(self.page)
        self.looked(served, "drifted", seen)
        served.end()
        self.assertEqual(self.bench.status()["web"]["drift"]["verdict"], "drifted")
        self.bench.configure(self.bench.configuration())  # Off.
        self.bench.start()
        self.assertIn('tfgrid_compose_apps_drifted{environment="test"} 1', self.bench.get("/metrics")[1])


if __name__ == "__main__":
    unittest.main()
