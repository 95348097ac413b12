"""The small world of world.py with a daemon in it: webhooks are signed and sent as a forge does, commands go
through the API, and what is asked of the daemon after a fault is asked from outside."""
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time

import invariants
import served_rules
from world import Outcome, World

HOOK_SECRET = "hook-Secret-Of-The-World-0815"
PATIENCE = 60  # Seconds until something that has to happen counts as lost; never waited out otherwise.
PAUSE = 0.005  # Seconds between two looks at something that sends no word.


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class ServedWorld(World):
    """Its source is polled once an hour, so that within a test only webhooks and starts bring news."""

    def __init__(self, interval="1h", **options):
        self.port = free_port()
        self.interval = interval
        self.logs = 0
        super().__init__(**options)
        with open(self.at("hook.secret"), "w", encoding="utf-8") as f:
            f.write(HOOK_SECRET)
        os.chmod(self.at("hook.secret"), 0o600)

    def secrets(self):
        return super().secrets() + [HOOK_SECRET]

    def sources(self):
        return ("server: {listen: \"127.0.0.1:%d\"}\nsources:\n"
                "  - {name: apps, url: \"%s\", branch: main, environment: test, interval: %s, "
                "webhook: {provider: github, secret: {file: %s}}}\n" % (
                    self.port, self.remote.path, self.interval, self.at("hook.secret")))

    def says(self, app, setting):
        """Whether what `app` left is of that setting."""
        try:
            with open(os.path.join(self.state, "apps/test", app, "data/setting"), encoding="utf-8") as f:
                return f.read() == setting
        except FileNotFoundError:
            return False

    def serve(self, shim=None):
        return Served(self, shim)

    @contextlib.contextmanager
    def live_database(self):
        """The database of a daemon that runs."""
        connection = sqlite3.connect("file:%s/state.db?mode=ro" % self.state, uri=True)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()


class Served:
    """One daemon. Everything that it says lies in `log`."""

    def __init__(self, world, shim=None):
        self.world = world
        world.logs += 1
        self.log = world.at("serve-%d.log" % world.logs)
        self.began = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                world.command("serve", "--log-level", "debug"), stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=world.environment(shim), cwd=world.path)

    def alive(self):
        return self.process.poll() is None

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read()

    def until(self, holds, patience=PATIENCE, pause=PAUSE):
        """True when `holds()` came true; False when the daemon ended first or it took too long."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if holds():
                return True
            if not self.alive():
                return holds()
            time.sleep(pause)  # Between two looks from outside; nobody sends word.
        return False

    # --- Requests

    def ask(self, method, path, body=None, headers=None, timeout=PATIENCE):
        """(status, headers, body); status 0 when the connection broke before an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.world.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    def ready(self):
        """Seconds from its start until it answers; None when it never does."""
        found = self.until(lambda: '"event":"daemon.started"' in self.said())
        return time.monotonic() - self.began if found else None

    def deliver_and_read(self, name, commit="", source="apps", timeout=PATIENCE):
        """A signed push of GitHub's form with the delivery id `name`; the answer as of ask()."""
        body, headers = push(name, commit or self.world.head())
        return self.ask("POST", "/hooks/github/" + source, body, headers, timeout)

    def deliver(self, name, commit="", source="apps", timeout=PATIENCE):
        """The same; only the status."""
        return self.deliver_and_read(name, commit, source, timeout)[0]

    def api(self, method, path, document=None, **headers):
        """(status, document) of a request with the token of this machine's commands."""
        try:
            with open(os.path.join(self.world.state, "api-token"), encoding="utf-8") as f:
                token = f.read().strip()
        except OSError:
            return 0, None
        headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json",
                   **{name.replace("_", "-"): value for name, value in headers.items()}}
        body = None if document is None else json.dumps(document)
        status, _, text = self.ask(method, "/api/v1" + path, body, headers)
        return status, json.loads(text) if text else None

    # --- How it is

    def at_rest(self):
        """Whether every app is at the head of its source, and nothing is owed. Only looked at from outside:
        a request would be one more thing that the daemon does."""
        try:
            with self.world.live_database() as database:
                return not (invariants.unsettled(self.world, database) or served_rules.owed(database))
        except sqlite3.Error:
            return False  # It is just being written anew.

    def source_error(self, name):
        """What is wrong with a source; None when nothing is."""
        _, document = self.api("GET", "/sources")
        found = [source for source in (document or {}).get("sources", []) if source["name"] == name]
        return found[0]["error"] if found else None

    def settle(self, patience=PATIENCE):
        return self.until(self.at_rest, patience)

    # --- Its end

    def outcome(self, code):
        """All that it did as if it had been a command."""
        return Outcome(code, "", self.said(), 0.0)

    def end(self, number=signal.SIGTERM, patience=PATIENCE):
        """Its exit code, None when it did not end in time and was killed."""
        if self.alive():
            self.process.send_signal(number)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


def push(name, commit):
    """(body, headers) of a push."""
    body = json.dumps({"ref": "refs/heads/main", "before": "0" * 40, "after": commit, "commits": [],
                       "repository": {"full_name": "acme/apps", "clone_url": "https://git.example.org/acme/apps.git"}})
    signature = hmac.new(HOOK_SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
    return body, {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": name,
                  "X-Hub-Signature-256": "sha256=" + signature}
