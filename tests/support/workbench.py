"""A place to try the real binary in: a bare Git repository that commits are made in without a work tree,
a reconciler.yaml, a state directory, and the commands run on them."""
import json
import os
import shutil
import subprocess
import tempfile

import command

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find_binary():
    path = os.environ.get("TFGRID_COMPOSE_BINARY", "")
    if not os.access(path, os.X_OK):
        raise RuntimeError("set TFGRID_COMPOSE_BINARY to the built tfgrid-compose (it is %r)" % path)
    return os.path.abspath(path)


class Remote:
    """A bare repository. Every commit is made on top of `main` by fast-import, so none needs a checkout."""

    def __init__(self, path):
        self.path = path
        self.commits = 0
        command.run(["git", "init", "-q", "--bare", "-b", "main", path])

    def commit(self, changes, message="change"):
        """`changes`: {path: text, None to delete, or (text, "100755")}."""
        data = message.encode()
        head = b"commit refs/heads/main\ncommitter Dev <dev@example.invalid> %d +0000\ndata %d\n%s\n" % (
            1700000000 + self.commits, len(data), data)
        parts = [head]
        if self.commits:
            parts.append(b"from refs/heads/main^0\n")
        for path, content in changes.items():
            if content is None:
                parts.append(b"D %s\n" % path.encode())
                continue
            text, mode = content if isinstance(content, tuple) else (content, "100644")
            blob = text.encode()
            parts.append(b"M %s inline %s\ndata %d\n" % (mode.encode(), path.encode(), len(blob)) + blob + b"\n")
        argv = ["git", "-C", self.path, "fast-import", "--quiet", "--date-format=raw", "--force"]
        done = subprocess.run(argv, input=b"".join(parts), capture_output=True, check=False)
        if done.returncode != 0:
            raise command.CommandFailed(argv, "exit code %d" % done.returncode, done.stdout.decode(errors="replace"),
                                        done.stderr.decode(errors="replace"))
        self.commits += 1


class Workbench:
    """Everything below one temporary directory; remove() deletes it."""

    def __init__(self, configuration=""):
        self.binary = find_binary()
        self.path = tempfile.mkdtemp(prefix="tfgrid-compose-test-", dir="/var/tmp")
        self.remote = Remote(self.at("remote.git"))
        self.configure(configuration or (
            "sources:\n"
            "  - {name: apps, url: %s, branch: main, environment: test}\n"
            "environments:\n"
            "  test: {provider: local}\n"
            "patterns: [%s]\n" % (self.remote.path, os.path.join(ROOT, "patterns"))))

    def at(self, *names):
        return os.path.join(self.path, *names)

    def configure(self, text):
        with open(self.at("reconciler.yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    def arguments(self, *words):
        return [self.binary, "--config", self.at("reconciler.yaml"), "--state-dir", self.at("state"), *words]

    def text(self, *words, expect=0):
        """What a command prints; CommandFailed with everything that is known when it ends otherwise."""
        return command.run(self.arguments(*words), expect=expect)[0]

    def json(self, *words, expect=0):
        return json.loads(self.text(*words, "-o", "json", "--stats", expect=expect))

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
