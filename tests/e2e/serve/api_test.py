"""The API of the real daemon as its users meet it: tokens and roles, actions, streams, the audit, bad requests."""
import json
import os
import signal
import sqlite3
import subprocess
import unittest

import daemon
from api_client import Client
from daemon import Bench, app_files

# What an answer to a bad request never shows.
INTERNALS = ("sqlite", "SELECT ", "engine/", ".cc", "exception", "std::", "nlohmann", "what()", "/tmp/", "Traceback")


class ApiTest(unittest.TestCase):
    def setUp(self):
        self.bench = Bench(limits="limits: {stopGrace: 1s}\n")
        self.addCleanup(self.bench.remove)
        self.gate = self.bench.at("gate")
        os.mkfifo(self.gate)
        self.bench.remote.commit({**app_files("web", "web"), **app_files("shop", "shop")})
        self.bench.more.commit(app_files("mail", "mail"))
        self.served = self.bench.start()
        for app in ("web", "shop", "mail"):
            self.served.wait_line("app applied", "test/" + app)

    def token(self, *words):
        return Client(self.bench, self.bench.text("token", "create", *words).strip())

    def run_command(self, *words):
        return subprocess.run(self.bench.arguments(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=daemon.PATIENCE)

    def change_state(self, sql):
        """What no command does: time that passes, somebody who tampers."""
        database = sqlite3.connect(self.bench.at("state", "state.db"), timeout=daemon.PATIENCE)
        with database:
            self.assertGreater(database.execute(sql).rowcount, 0)
        database.close()

    def wait_operation(self, client, answer):
        self.assertEqual(answer.status, 202, answer.text)
        path = answer.headers["Location"].replace("/api/v1", "")

        def over():
            operation = client.get(path).json()["operation"]
            return operation if operation["state"] in ("done", "failed", "cancelled") else None
        return daemon.wait_until(over, self.served)

    def check_problem(self, answer, status):
        self.assertEqual(answer.status, status, answer.text)
        self.assertEqual(answer.type, "application/problem+json", answer.text)
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertEqual(problem["request_id"], answer.headers["X-Request-Id"])
        for internal in INTERNALS + (self.bench.at("state"),):
            self.assertNotIn(internal, answer.text)
        return problem

    def test_roles_scopes_expiry_and_revocation(self):
        viewer = self.token("--role", "viewer")
        deployer = self.token("--role", "deployer")
        admin = self.token("--role", "admin", "--name", "for-ann")
        scoped = self.token("--role", "deployer", "--app", "test/w*")
        suspend = {"reason": "moving"}
        self.assertEqual([app["app"] for app in viewer.get("/apps").json()["apps"]], ["mail", "shop", "web"])
        self.check_problem(viewer.post("/apps/test/web/suspend", suspend), 403)
        self.assertEqual(deployer.post("/apps/test/web/suspend", suspend).status, 200)
        self.assertEqual(deployer.post("/apps/test/web/resume").status, 200)
        self.check_problem(deployer.get("/audit"), 403)
        self.assertEqual(admin.get("/audit").status, 200)
        # One that is limited to some apps: others do not exist for it, what concerns all is refused.
        self.assertEqual([app["app"] for app in scoped.get("/apps").json()["apps"]], ["web"])
        self.check_problem(scoped.get("/apps/test/mail"), 404)
        self.check_problem(scoped.post("/apps/test/mail/suspend", suspend), 404)
        self.check_problem(scoped.get("/sources"), 403)
        self.check_problem(scoped.post("/reconcile", {}), 403)
        self.assertEqual(scoped.post("/apps/test/web/suspend", suspend).status, 200)
        self.assertEqual(scoped.post("/apps/test/web/resume").status, 200)
        self.assertEqual({event["id"] for event in scoped.get("/events").json()["events"]}, {"test/web"})
        # No token, a wrong, an expired and a revoked one look the same.
        answers = [Client(self.bench).get("/apps"), Client(self.bench, "x" * 40).get("/apps")]
        self.change_state("UPDATE api_token SET expires_at_ms = 1 WHERE role = 'viewer' AND name = ''")
        answers.append(viewer.get("/apps"))
        stream = deployer.follow("/stream")
        listed = json.loads(self.bench.text("token", "list", "-o", "json"))["tokens"]
        number = next(t["id"] for t in listed if t["role"] == "deployer" and t["apps"] is None)
        self.bench.text("token", "revoke", str(number))
        while stream.next() is not None:
            pass  # A stream that is open ends, too.
        answers.append(deployer.get("/apps"))
        texts = set()
        for answer in answers:
            problem = self.check_problem(answer, 401)
            del problem["request_id"]
            texts.add(json.dumps(problem, sort_keys=True))
        self.assertEqual(len(texts), 1, texts)
        states = {t["state"] for t in json.loads(self.bench.text("token", "list", "-o", "json"))["tokens"]}
        self.assertEqual(states, {"active", "expired", "revoked"})
        self.assertEqual(self.served.end(), 0)

    def test_an_action_once_not_on_old_news_and_its_operation(self):
        deployer = self.token("--role", "deployer")
        before = deployer.get("/apps/test/web")
        tag = before.headers["ETag"]
        key = {"Idempotency-Key": "deploy-7", "If-Match": tag}
        first = deployer.post("/apps/test/web/reconcile", {}, headers=key)
        operation = self.wait_operation(deployer, first)
        self.assertEqual(operation["state"], "done")
        self.assertEqual([app["verdict"] for app in operation["report"]["apps"]], ["unchanged"])
        again = deployer.post("/apps/test/web/reconcile", {}, headers=key)
        self.assertEqual((again.status, again.text), (first.status, first.text))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.check_problem(deployer.post("/apps/test/web/reconcile", {"dryRun": True}, headers=key), 422)
        # The state of the app moves on: what was decided on old news is refused.
        seen = self.served.mark()
        self.bench.remote.commit(app_files("web", "web", page="two"))
        self.wait_operation(deployer, deployer.post("/reconcile", {"source": "apps"}))
        self.served.wait_line("app applied", "test/web", after=seen)
        self.assertNotEqual(deployer.get("/apps/test/web").headers["ETag"], tag)
        self.assertEqual(self.check_problem(deployer.post("/apps/test/web/rollback", {}, headers={"If-Match": tag}),
                                            412)["field"], "If-Match")
        self.assertEqual(self.bench.page("web"), "two")
        fresh = {"If-Match": deployer.get("/apps/test/web").headers["ETag"], "Idempotency-Key": "back"}
        back = self.wait_operation(deployer, deployer.post("/apps/test/web/rollback", {}, headers=fresh))
        self.assertEqual(back["state"], "done")
        self.assertEqual(self.bench.page("web"), "one")
        self.assertEqual(self.served.end(), 0)
        # What was answered is answered again by the next process.
        self.served = self.bench.start()
        late = deployer.post("/apps/test/web/reconcile", {}, headers=key)
        self.assertEqual((late.status, late.text), (first.status, first.text))
        self.assertEqual(late.headers["Idempotency-Replayed"], "true")
        self.assertEqual(self.served.end(), 0)

    def test_a_run_is_cancelled(self):
        deployer = self.token("--role", "deployer")
        self.bench.remote.commit(app_files("web", "web", page="two", configure="read word < " + self.gate))
        deployer.post("/reconcile", {"source": "apps"})
        with open(self.gate, "w", encoding="utf-8"):  # Its hook reads from there.
            run = deployer.get("/apps/test/web/history").json()["runs"][0]["number"]
            status = lambda: deployer.get("/runs/%d" % run).json()["run"]["status"]  # noqa: E731
            self.assertEqual(status(), "running")
            answer = deployer.post("/runs/%d/cancel" % run)
            self.assertEqual((answer.status, answer.json()["state"]), (202, "cancelling"))
            daemon.wait_until(lambda: status() != "running", self.served)
            self.assertEqual(status(), "cancelled")
        self.check_problem(deployer.post("/runs/%d/cancel" % run), 409)
        self.check_problem(deployer.post("/runs/4711/cancel"), 404)
        # It stays as it is until somebody lets it go on.
        suspended = deployer.get("/apps/test/web").json()["app"]["suspended"]
        self.assertIn("run %d was cancelled" % run, suspended["reason"])
        self.bench.remote.commit(app_files("web", "web", page="three"))
        self.wait_operation(deployer, deployer.post("/reconcile", {"source": "apps"}))
        seen = self.served.mark()
        self.assertEqual(deployer.post("/apps/test/web/resume").status, 200)
        self.served.wait_line("app applied", "test/web", after=seen)
        self.assertEqual(self.bench.page("web"), "three")
        self.assertEqual(self.served.end(), 0)

    def test_streams_go_on_where_they_were_cut_off(self):
        viewer = self.token("--role", "viewer")
        deployer = self.token("--role", "deployer")
        stream = viewer.follow("/stream")
        for reason in ("first", "second", "third"):
            self.assertEqual(deployer.post("/apps/test/web/suspend", {"reason": reason}).status, 200)
        events = stream.until(lambda event: "third" in event[2]["message"])
        stream.close()
        numbers = [event[0] for event in events]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual([event[2]["number"] for event in events], numbers)
        later = viewer.follow("/stream", last=numbers[0])
        self.assertEqual(later.until(lambda event: event[0] == numbers[-1]), events[1:])
        later.close()
        # The log of a run ends with the run; its lines are numbered, too.
        run = viewer.get("/apps/test/web/history").json()["runs"][0]["number"]
        log = viewer.follow("/runs/%d/log?follow=true" % run)
        lines = log.until(lambda event: event[1] == "end")
        self.assertEqual(lines[-1][2], "succeeded")
        self.assertIsNone(log.next())
        log.close()
        rest = viewer.follow("/runs/%d/log?follow=true" % run, last=lines[0][0])
        self.assertEqual(rest.until(lambda event: event[1] == "end"), lines[1:])
        rest.close()
        self.assertEqual(self.served.end(), 0)

    def test_the_audit_tells_who_asked_and_notices_changes(self):
        deployer = self.token("--role", "deployer", "--name", "ci")
        admin = self.token("--role", "admin")
        asked = deployer.post("/apps/test/web/suspend", {"reason": "moving"})
        deployer.post("/apps/test/web/resume")
        self.check_problem(Client(self.bench, "x" * 40).post("/apps/test/web/resume"), 401)
        self.bench.remote.commit(app_files("web", "web", page="two"))
        self.wait_operation(deployer, deployer.post("/reconcile", {"source": "apps"}))

        def planned():
            entries = admin.get("/audit?limit=1000").json()["entries"]
            return [entry for entry in entries if entry["planDigest"]]
        daemon.wait_until(planned, self.served)
        entries = admin.get("/audit?limit=1000").json()["entries"]
        mine = [e for e in entries if e["requestId"] == asked.headers["X-Request-Id"]]
        self.assertEqual({e["result"] for e in mine}, {"asked", "done"})
        self.assertEqual({(e["action"], e["target"]) for e in mine}, {("app.suspend", "test/web")})
        self.assertIn("ci", mine[0]["actor"])
        self.assertIn(("nobody", "refused"), {(e["actor"], e["result"]) for e in entries})
        self.assertEqual(planned()[0]["target"], "test/web")
        self.assertTrue(json.loads(self.bench.text("audit", "verify", "-o", "json"))["whole"])
        self.change_state("UPDATE audit SET actor = 'somebody else' WHERE id = %d" % mine[0]["id"])
        verdict = self.run_command("audit", "verify", "-o", "json")
        self.assertEqual(verdict.returncode, 1)
        self.assertEqual(json.loads(verdict.stdout)["broken"], mine[0]["id"])
        self.assertEqual(self.served.end(), 0)

    def test_bad_requests_get_problems_without_internals(self):
        admin = self.token("--role", "admin")
        rows = [
            (404, "GET", "/nothing/here", None, None, None),
            (404, "GET", "/apps/test/none", None, None, None),
            (404, "GET", "/runs/4711", None, None, None),
            (400, "GET", "/apps/..%2f..%2fetc/passwd", None, None, None),
            (400, "GET", "/apps/%00/web", None, None, None),
            (400, "GET", "/apps?token=" + admin.token, None, None, None),
            (405, "DELETE", "/apps/test/web", None, None, None),
            (422, "GET", "/apps?limit=0", None, None, "limit"),
            (422, "GET", "/apps?limit=1000000000", None, None, "limit"),
            (422, "GET", "/apps?cursor=somebody-elses", None, None, "cursor"),
            (422, "GET", "/apps?colour=red", None, None, "colour"),
            (422, "POST", "/apps/test/web/rollback", '{"to": "one"}', None, "to"),
            (422, "POST", "/apps/test/web/suspend", '{"reason": "x", "why": "y"}', None, "why"),
            (422, "POST", "/apps/test/web/suspend", "{}", None, "reason"),
            (400, "POST", "/apps/test/web/suspend", '{"reason": ', None, None),
            (400, "POST", "/apps/test/web/suspend", '{"reason": "a", "reason": "b"}', None, None),
            (422, "POST", "/reconcile", '{"apps":' + "[" * 20000 + "}", None, "apps"),
            (413, "POST", "/reconcile", '{"source": "%s"}' % ("x" * 100000), None, None),
            (415, "POST", "/reconcile", "{}", {"Content-Type": "text/plain"}, None),
            (415, "POST", "/reconcile", "{}", {"Content-Encoding": "gzip"}, None),
            (422, "POST", "/reconcile", "{}", {"Idempotency-Key": "two words"}, None),
            (403, "POST", "/reconcile", "{}", {"Origin": "https://evil.example"}, None),
            (403, "GET", "/apps", None, {"Host": "evil.example"}, None),
            (401, "GET", "/apps", None, {"Authorization": "Bearer "}, None),
        ]
        for status, method, path, body, headers, field in rows:
            with self.subTest(method=method, path=path[:60], headers=headers):
                problem = self.check_problem(admin.send(method, path, body, headers), status)
                self.assertNotIn(admin.token, json.dumps(problem))
                if field:
                    self.assertEqual(problem["field"], field)
        self.assertEqual(admin.get("/apps/test/web").json()["app"]["suspended"], None)
        self.assertNotIn(admin.token, "\n".join(self.served.lines))
        self.assertEqual(self.served.end(), 0)

    def test_a_reload_is_followed_and_says_what_it_cannot_follow(self):
        viewer = self.token("--role", "viewer")
        named = {"Host": "gitops.example.org"}
        self.check_problem(viewer.get("/apps", named), 403)
        text = self.bench.configuration().replace("server: {", "server: {publicUrl: \"https://gitops.example.org\", ")
        seen = self.served.mark()
        self.bench.configure(text)
        self.served.send(signal.SIGHUP)
        self.served.wait_line("daemon.reloaded", after=seen)
        self.assertEqual(viewer.get("/apps", named).status, 200)
        seen = self.served.mark()
        self.bench.configure(text.replace("limits: {", "limits: {parallelApps: 3, "))
        self.served.send(signal.SIGHUP)
        line = self.served.wait_line("daemon.restart_needed", after=seen)
        self.assertIn("limits.parallelApps", self.served.lines[line])
        self.assertIn("limits.parallelApps", self.bench.text("events"))
        # The log's format is followed; its level is that of --log-level, which goes before the file.
        self.assertTrue(self.served.lines[line].startswith("{"), self.served.lines[line])
        seen = self.served.mark()
        self.bench.configure(text + "log: {format: text, level: error}\n")
        self.served.send(signal.SIGHUP)
        line = self.served.wait_line("the configuration was read anew", after=seen)
        self.assertRegex(self.served.lines[line], r"Z info the configuration was read anew: 2 sources event=daemon.reloaded")
        self.assertNotIn("daemon.restart_needed", "\n".join(self.served.lines[seen:]))
        self.assertEqual(self.served.end(), 0)


if __name__ == "__main__":
    unittest.main()
