"""What the daemon answered 202 to outlives it: killed at once, it is carried out by the next one, or told as what it is."""
import json
import os
import signal
import unittest

import daemon
from api_client import Client
from daemon import Bench, app_files


class OperationsTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(limits="limits: {stopGrace: 1s}\n")
        self.addCleanup(self.bench.remove)
        self.gate = self.bench.at("gate")
        os.mkfifo(self.gate)
        # Both ends, so that what is written waits for its reader, and a reader for what is written.
        self.opener = os.open(self.gate, os.O_RDWR)
        self.addCleanup(os.close, self.opener)
        self.bench.remote.commit(app_files("web", "web"))
        self.bench.more.commit(app_files("mail", "mail"))
        self.served = self.bench.start()
        for app in ("web", "mail"):
            self.served.wait_line("app applied", "test/" + app)
        self.client = Client(self.bench, self.bench.text("token", "create", "--role", "admin").strip())

    def operation(self, number):
        answer = self.client.get("/operations/%d" % number)
        self.assertEqual(answer.status, 200, answer.text)
        return answer.json()["operation"]

    def over(self, number):
        def ended():
            operation = self.operation(number)
            return operation if operation["state"] not in ("waiting", "working") else None
        return daemon.wait_until(ended, self.served)

    def hold(self):
        """A run of web is under way, and its hook waits at the gate: what is asked for the app waits, too."""
        self.bench.remote.commit(app_files(
            "web", "web", page="two", configure='cp "$TFGRID_SOURCE_DIR/page" "$TFGRID_DATA_DIR/page"; read word < '
            + self.gate))
        self.client.post("/reconcile", {"source": "apps"})
        daemon.wait_until(lambda: self.newest_run()["status"] == "running", self.served)

    def newest_run(self):
        return self.client.get("/apps/test/web/history").json()["runs"][0]

    def open_gate(self):
        """For one hook."""
        os.write(self.opener, b"go\n")

    def restart(self, number):
        self.served.end(number)
        self.served = self.bench.start()

    def accepted(self, answer):
        self.assertEqual(answer.status, 202, answer.text)
        return answer.json()["operation"]["id"]

    def check_taken_up(self, number):
        key = {"Idempotency-Key": "back"}
        self.hold()
        first = self.client.post("/apps/test/web/rollback", {"to": 1}, headers=key)
        rollback = self.accepted(first)
        reconcile = self.accepted(self.client.post("/apps/test/mail/reconcile", {"prune": True}))
        self.assertEqual(self.operation(rollback)["state"], "waiting")
        self.restart(number)
        self.open_gate()
        # What was under way is taken up by itself; then the rollback has its turn.
        self.assertEqual(self.over(rollback)["state"], "done", self.operation(rollback))
        self.assertEqual(self.bench.page("web"), "one")
        self.assertEqual(self.over(reconcile)["state"], "done")
        again = self.client.post("/apps/test/web/rollback", {"to": 1}, headers=key)
        self.assertEqual((again.status, again.text), (202, first.text))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        # Over is over, for the next process too.
        runs = self.client.get("/apps/test/web/history").json()["runs"]
        self.served.end()
        self.served = self.bench.start()
        self.assertEqual(self.operation(rollback)["state"], "done")
        self.assertEqual(self.client.get("/apps/test/web/history").json()["runs"], runs)
        self.assertEqual([run["trigger"] for run in runs].count("manual"), 1, runs)
        self.assertEqual(self.bench.text("audit", "verify", "-o", "json").count('"whole": true'), 1)
        self.assertEqual(self.served.end(), 0)

    def test_killed_it_is_carried_out_by_the_next(self):
        self.check_taken_up(signal.SIGKILL)

    def test_stopped_it_is_carried_out_by_the_next(self):
        self.check_taken_up(signal.SIGTERM)

    def test_what_may_have_begun_is_told_and_not_repeated(self):
        gated = app_files("web", "web", page="two", configure="read word < " + self.gate)
        self.bench.remote.commit(gated)
        self.open_gate()
        self.over(self.accepted(self.client.post("/reconcile", {"source": "apps"})))
        down = self.accepted(self.client.post("/apps/test/mail/down"))
        self.over(down)
        self.bench.remote.commit(app_files("web", "web", page="three"))
        self.over(self.accepted(self.client.post("/reconcile", {"source": "apps"})))
        # The rollback's own run is at its hook when the process dies.
        rollback = self.accepted(self.client.post("/apps/test/web/rollback", {}))
        daemon.wait_until(lambda: self.newest_run()["status"] == "running", self.served)
        self.restart(signal.SIGKILL)
        told = self.operation(rollback)
        self.assertEqual(told["state"], "interrupted", told)
        self.assertIn("run %d of the app has begun since" % self.newest_run()["number"],
                      told["error"]["diagnostics"][0]["detail"])
        self.assertIn("history test/web", told["error"]["diagnostics"][0]["hint"])
        self.served.wait_line("an accepted request was interrupted", str(rollback))
        self.assertEqual(self.operation(down)["state"], "done")
        self.assertEqual(self.served.end(), 0)

    def test_lines_of_steps_carry_the_request_that_led_to_them(self):
        self.bench.remote.commit(app_files("web", "web", page="two"))
        reconcile = self.client.post("/reconcile", {"source": "apps"})
        self.over(self.accepted(reconcile))
        rollback = self.client.post("/apps/test/web/rollback", {})
        self.over(self.accepted(rollback))
        seen = self.served.mark()
        self.bench.remote.commit(app_files("web", "web", page="three"))
        self.bench.text("reconcile", "web")  # A command asks the same API.
        self.served.wait_line("app applied", "test/web", after=seen)
        lines = [json.loads(line) for line in self.served.lines if line.startswith("{")]
        by_run = {}
        for line in lines:
            if line["message"].startswith("step ") and line["app"] == "test/web":
                by_run.setdefault(int(line["run"]), set()).add(line.get("request"))
        first, second, third, fourth = (by_run[run] for run in sorted(by_run))
        self.assertEqual(first, {None}, "it came of the poll at the start")
        self.assertEqual(second, {reconcile.headers["X-Request-Id"]})
        self.assertEqual(third, {rollback.headers["X-Request-Id"]})
        audit = json.loads(self.bench.text("audit", "list", "-o", "json"))["entries"]
        asked = [entry["requestId"] for entry in audit if entry["result"] == "accepted" and
                 entry["actor"].startswith("user ")]
        self.assertEqual(fourth, set(asked[:1]))
        applied = [line for line in lines if line["message"] == "app applied" and line["app"] == "test/web"]
        self.assertEqual(applied[1]["request"], reconcile.headers["X-Request-Id"])
        self.assertEqual(self.served.end(), 0)


if __name__ == "__main__":
    unittest.main()
