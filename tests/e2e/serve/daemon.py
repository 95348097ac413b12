"""A running daemon for tests: a workbench whose binary serves, a log that is waited on, a Git server."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import workbench  # noqa: E402

PATIENCE = 120  # Seconds until something that has to happen counts as lost; never waited out otherwise.

HOOKS = ("setup", "configure", "healthcheck")


def app_files(directory, name, page="one", configure="", more=""):
    """An app that leaves its page in its data directory."""
    files = {directory + "/tfgrid-compose.yaml": "name: %s\nversion: 1.0.0\npattern: single-vm\n%s" % (name, more),
             directory + "/src/page": page + "\n"}
    for hook in HOOKS:
        body = configure or 'cp "$TFGRID_SOURCE_DIR/page" "$TFGRID_DATA_DIR/page"'
        text = "#!/bin/sh\nset -e\n%s\n" % (body if hook == "configure" else "exit 0")
        files["%s/deployment/%s.sh" % (directory, hook)] = (text, "100755")
    return files


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(condition, served=None):
    """What `condition` gives as soon as that is something: asked again and again, as there is no event to wait on."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it does not happen\n" + "\n".join(served.lines[-60:] if served else []))


class Daemon:
    """One process; its log is read while it runs."""

    def __init__(self, bench, environment=None):
        self.lines = []
        self.changed = threading.Condition()
        self.process = subprocess.Popen(bench.arguments("serve", "--log-level", "debug"), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        errors="replace", env=dict(os.environ, **(environment or {})))
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def wait_line(self, *parts, after=0, patience=PATIENCE):
        """The number of the first line from `after` on that has all parts."""
        deadline = time.monotonic() + patience
        at = after
        with self.changed:
            while True:
                while at < len(self.lines):
                    if all(part in self.lines[at] for part in parts):
                        return at
                    at += 1
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self.reader.is_alive()):
                    raise AssertionError("no line with %r\n%s" % (parts, "\n".join(self.lines[-60:])))
                self.changed.wait(min(left, 0.5))

    def mark(self):
        with self.changed:
            return len(self.lines)

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM, patience=PATIENCE):
        """Its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("it does not end\n" + "\n".join(self.lines[-60:])) from None
        finally:
            self.reader.join()
        self.process.stderr.close()
        return code


class Bench(workbench.Workbench):
    """One source of two that can be served over http; a server on a free port."""

    def __init__(self, interval="1h", limits="", url=None):
        self.port = free_port()
        super().__init__("sources: []\n")
        self.more = workbench.Remote(self.at("more.git"))
        self.interval, self.limits, self.url = interval, limits, url
        self.daemon = None
        self.configure(self.configuration())

    def configuration(self, sources=None):
        sources = sources or [("apps", self.url or self.remote.path), ("more", self.more.path)]
        text = "server: {listen: \"127.0.0.1:%d\"}\nsources:\n" % self.port
        for name, url in sources:
            text += "  - {name: %s, url: \"%s\", branch: main, environment: test, interval: %s}\n" % (
                name, url, self.interval)
        return text + ("environments:\n  test: {provider: local}\npatterns: [%s]\n%s" % (
            os.path.join(ROOT, "patterns"), self.limits))

    def start(self, **options):
        self.daemon = Daemon(self, **options)
        self.daemon.wait_line("daemon.started")
        return self.daemon

    def page(self, app):
        """What the app's newest configure left."""
        for where, _, files in os.walk(self.at("state")):
            if "page" in files and os.path.basename(where) == "data" and app in where:
                with open(os.path.join(where, "page"), encoding="utf-8") as f:
                    return f.read().strip()
        return None

    def get(self, path):
        """(status, body)"""
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port, path), timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def status(self):
        """Of the apps, by name."""
        document = json.loads(self.text("status", "-o", "json"))
        return {app["app"]: app for app in document["apps"]}

    def remove(self):
        if self.daemon is not None and self.daemon.process.poll() is None:
            self.daemon.end(signal.SIGKILL)
        super().remove()
