"""Webhooks from a real `git push`: a post-receive hook sends what the provider would send, and the app changes."""
import hmac
import json
import os
import signal
import sqlite3
import subprocess
import unittest
import urllib.error
import urllib.request

import daemon
from daemon import Bench, app_files

SECRET = "e2e-secret-of-more-than-sixteen-bytes"

# What GitHub sends for a push, and how it signs it.
GITHUB_HOOK = r"""#!/bin/sh
while read -r before after ref; do
  body=$(printf '{"ref":"%s","before":"%s","after":"%s","repository":{"full_name":"acme/apps",
    "clone_url":"https://git.example.org/acme/apps.git"},"commits":[]}' "$ref" "$before" "$after")
  signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$(cat @secret@)" | sed 's/.* //')
  curl -sS -o @answer@ -w '%{http_code}\n' -H 'Content-Type: application/json' -H 'X-GitHub-Event: push' \
    -H "X-GitHub-Delivery: push-$after" -H "X-Hub-Signature-256: sha256=$signature" --data-binary "$body" \
    http://127.0.0.1:@port@/hooks/github/apps >> @statuses@
done
"""

# What GitLab sends; the token is the secret itself.
GITLAB_HOOK = r"""#!/bin/sh
while read -r before after ref; do
  printf '{"object_kind":"push","ref":"%s","before":"%s","after":"%s","project":{"path_with_namespace":"acme/more",
    "git_http_url":"https://git.example.org/acme/more.git"},"commits":[],"total_commits_count":1}' \
    "$ref" "$before" "$after" |
  curl -sS -o @answer@ -w '%{http_code}\n' -H 'Content-Type: application/json' -H 'X-Gitlab-Event: Push Hook' \
    -H "Idempotency-Key: push-$after" -H "X-Gitlab-Token: $(cat @secret@)" --data-binary @- \
    http://127.0.0.1:@port@/hooks/gitlab/more >> @statuses@
done
"""


class WebhookBench(Bench):
    """Both sources are polled once an hour, so that only a webhook can bring news."""

    def configuration(self, sources=None):
        self.secret = self.at("hook.secret")
        with open(self.secret, "w", encoding="utf-8") as f:
            f.write(SECRET + "\n")
        os.chmod(self.secret, 0o600)
        text = super().configuration(sources)
        for name, provider in (("apps", "github"), ("more", "gitlab")):
            text = text.replace("{name: %s," % name,
                                "{name: %s, webhook: {provider: %s, secret: {file: %s}}," % (name, provider, self.secret))
        return text

    def install(self, remote, script):
        for name, value in (("secret", self.secret), ("answer", self.at("answer")), ("port", str(self.port)),
                            ("statuses", self.at("statuses"))):
            script = script.replace("@%s@" % name, value)
        path = os.path.join(remote.path, "hooks", "post-receive")
        with open(path, "w", encoding="utf-8") as f:
            f.write(script)
        os.chmod(path, 0o755)

    def push(self, remote, name, page):
        """A commit in a clone, pushed as a person would."""
        clone = self.at("clone-" + name)
        git = ["git", "-C", clone, "-c", "user.name=Dev", "-c", "user.email=dev@example.invalid"]
        if not os.path.isdir(clone):
            subprocess.run(["git", "clone", "-q", remote.path, clone], check=True)
        with open(os.path.join(clone, name, "src", "page"), "w", encoding="utf-8") as f:
            f.write(page + "\n")
        subprocess.run(git + ["commit", "-qam", "page " + page], check=True)
        subprocess.run(git + ["push", "-q", "origin", "HEAD:main"], check=True)

    def statuses(self):
        with open(self.at("statuses"), encoding="utf-8") as f:
            return f.read().split()


class WebhooksTest(unittest.TestCase):
    def setUp(self):
        self.bench = WebhookBench()
        self.addCleanup(self.bench.remove)
        self.bench.remote.commit(app_files("web", "web"))
        self.bench.more.commit(app_files("mail", "mail"))

    def start(self):
        served = self.bench.start()
        served.wait_line("app applied", "test/web")
        served.wait_line("app applied", "test/mail")
        return served

    def run_command(self, *words):
        return subprocess.run(self.bench.arguments(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              check=False, timeout=daemon.PATIENCE)

    def test_a_push_reaches_the_app_by_github_and_gitlab(self):
        bench = self.bench
        served = self.start()
        bench.install(bench.remote, GITHUB_HOOK)
        bench.install(bench.more, GITLAB_HOOK)
        for remote, name in ((bench.remote, "web"), (bench.more, "mail")):
            for page in ("two", "three"):
                seen = served.mark()
                bench.push(remote, name, page)
                served.wait_line("app applied", "test/" + name, after=seen)
                self.assertEqual(bench.page(name), page)
        self.assertEqual(bench.statuses(), ["202"] * 4)
        events = bench.text("events")
        self.assertIn("github push: branch main", events)
        self.assertIn("gitlab push: branch main", events)
        self.check_causes("test/web", "github")
        self.check_causes("test/mail", "gitlab")
        self.check_log(served)
        self.assertNotIn(SECRET, "\n".join(served.lines) + events)
        self.assertEqual(served.end(), 0)

    def check_causes(self, app, provider):
        """Each push of the provider names the look that it caused, and the run that came of it."""
        document = json.loads(self.bench.text("events", "-o", "json"))
        pushes = [event["delivery"] for event in document["events"]
                  if event["delivery"] and event["delivery"]["provider"] == provider]
        self.assertEqual(len(pushes), 2)
        runs = []
        for push in pushes:
            self.assertIn("moved to main@", push["look"]["result"])
            self.assertEqual([work["id"] for work in push["look"]["apps"]], [app])
            self.assertEqual([run["status"] for run in push["look"]["apps"][0]["runs"]], ["succeeded"])
            runs += [run["run"] for run in push["look"]["apps"][0]["runs"]]
        self.assertEqual(len(set(runs)), 2, "each push has a run of its own")
        self.assertRegex(self.bench.text("events"), r"run +%s +%d +succeeded" % (app, runs[-1]))

    def check_log(self, served):
        """Lines of steps carry app, run and the id of the webhook's request."""
        lines = [json.loads(line) for line in served.lines if line.startswith("{")]
        answered = {line["request"] for line in lines if line["message"] == "request answered"}
        steps = [line for line in lines if line["message"].startswith("step ") and int(line["run"]) > 2]
        self.assertTrue(steps)
        for step in steps:
            self.assertIn(step["request"], answered, step)
            self.assertIn(step["app"], ("test/web", "test/mail"))
        of_run = {(line["run"], line["request"]) for line in steps}
        self.assertEqual(len(of_run), 4, "four pushes, each with its request and its run")
        for line in lines:
            if line["message"] == "app applied" and int(line["run"]) > 2:
                self.assertIn((line["run"], line["request"]), of_run)

    def test_the_command_webhook_tells_how_and_tries_it(self):
        served = self.start()
        url = "http://127.0.0.1:%d/hooks/github/apps" % self.bench.port
        self.assertIn(url, self.bench.text("webhook", "url", "apps"))
        for source in ("apps", "more"):
            self.assertIn("the webhook works", self.bench.text("webhook", "test", source))
        with open(self.bench.secret, "w", encoding="utf-8") as f:
            f.write("another secret that nobody has told the daemon\n")
        refused = self.run_command("webhook", "test", "apps")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("the daemon does not know the secret", refused.stderr)
        seen = served.mark()
        served.send(signal.SIGHUP)
        served.wait_line("config", after=seen)
        self.assertIn("the webhook works", self.bench.text("webhook", "test", "apps"))
        self.assertEqual(served.end(), 0)
        gone = self.run_command("webhook", "test", "apps")
        self.assertEqual(gone.returncode, 1)
        self.assertIn("no daemon answers", gone.stderr)

    def test_a_locked_state_is_told_before_the_provider_gives_up(self):
        bench = self.bench
        served = self.start()
        body = b'{"zen": "Speak like a human.", "hook_id": 1}'
        headers = {"Content-Type": "application/json", "X-GitHub-Event": "ping", "X-GitHub-Delivery": "d-1",
                   "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, "sha256").hexdigest()}

        def deliver():
            request = urllib.request.Request("http://127.0.0.1:%d/hooks/github/apps" % bench.port, body, headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # As long as GitHub waits.
                    return answer.status, answer.headers
            except urllib.error.HTTPError as refused:
                return refused.code, refused.headers
        database = sqlite3.connect(bench.at("state", "state.db"), isolation_level=None)
        database.execute("BEGIN IMMEDIATE")
        seen = served.mark()
        status, answered = deliver()
        self.assertEqual((status, answered["Retry-After"]), (503, "2"))
        line = served.wait_line("webhook not recorded", after=seen)
        self.assertIn("the state database is busy", served.lines[line])
        database.execute("ROLLBACK")
        database.close()
        self.assertEqual(deliver()[0], 200)
        self.assertEqual(served.end(), 0)

    def test_what_was_answered_is_looked_at_after_kill_9(self):
        bench = self.bench
        served = self.start()
        bench.install(bench.remote, GITHUB_HOOK)
        bench.push(bench.remote, "web", "two")
        served.end(signal.SIGKILL)
        self.assertEqual(bench.statuses(), ["202"])
        again = bench.start()
        again.wait_line("app applied", "test/web")
        self.assertEqual(bench.page("web"), "two")
        self.assertEqual(again.end(), 0)


if __name__ == "__main__":
    unittest.main()
