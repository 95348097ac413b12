"""A deterministic bare repository of many apps, written through `git fast-import`: the same parameters give the
same commit ids everywhere. Used by the benches and by the tests of scale."""
import os
import subprocess

FIRST_COMMIT_TIME = 1_700_000_000
RICH_EVERY = 5  # One manifest in five is as long as the longest real ones.

_HOOK = """#!/bin/sh
# %(kind)s of %(name)s, revision %(rev)d
set -eu
APP=%(name)s
say() { printf '%%s: %%s\\n' "$APP" "$*"; }
say '%(kind)s begins'
for file in "$TFGRID_DEPLOYMENT_DIR"/*.conf; do
  if [ -e "$file" ]; then say "uses $file"; fi
done
say '%(kind)s ends'
"""

_HEAD = """# %(name)s: a service among many.
name: %(name)s
version: "2.%(number)d.%(rev)d"
description: Service number %(number)d of the reference repository

patterns:
  recommended: single-vm
  supported:
    - single-vm

network:
  # The overlay first, the tunnel when there is none.
  provision: mycelium,wireguard
  prefer: mycelium,wireguard

resources:
  cpu:
    min: 1
    recommended: %(cpu)d
  memory:
    min: 1024
    recommended: %(memory)d
  disk:
    min: 10
    recommended: %(disk)d
  ports:
    - 22:ssh
    - %(port)d:http

hooks:
  setup: deployment/setup.sh
  configure: deployment/configure.sh
  healthcheck: deployment/healthcheck.sh

environment:
"""

_TAIL = """
status:
  check_interval: 60
  endpoints:
    - path: /health
      expected_status: 200
"""


def _variables(count):
    parts = []
    for k in range(count):
        parts.append('  # Setting %d.\n  - name: SETTING_%d\n    required: false\n'
                     '    description: "Setting %d of this service, e.g. node-%d.example.org"\n'
                     '    default: "value-%%(number)d-%d"\n' % (k, k, k, k, k))
    return "".join(parts)


def _commands(count):
    parts = ["\ncommands:\n"]
    for k in range(count):
        parts.append('  task-%d:\n    script: /opt/%%(name)s/task-%d.sh\n    description: "Task %d"\n' % (k, k, k))
    return "".join(parts)


_PLAIN = _HEAD + _variables(2) + _commands(1) + _TAIL
_RICH = _HEAD + _variables(22) + _commands(9) + _TAIL


class AppShape:
    """What one app consists of: five files as in real repositories, or, when `brief`, three small ones of which one
    is the same in all apps."""

    def __init__(self, layout="shard", brief=False):
        if layout not in ("shard", "flat"):
            raise ValueError("layout is shard or flat, not %r" % layout)
        self.layout = layout
        self.brief = brief

    @staticmethod
    def name(i):
        return "app%06d" % i

    def folder(self, i):
        if self.layout == "flat":
            return "apps/app%06d" % i
        return "apps/%02x/app%06d" % (i % 256, i)

    def manifest(self, i, rev=0):
        if self.brief:
            return ('name: app%06d\nversion: "1.%d"\npattern: single-vm\nprovider: local\n'
                    'environment:\n  - {name: NUMBER, default: "%d"}\n' % (i, rev, i))
        text = _RICH if i % RICH_EVERY == 0 else _PLAIN
        return text % {"name": self.name(i), "number": i, "rev": rev, "cpu": 1 + i % 8,
                       "memory": 1024 * (1 + i % 4), "disk": 20 + i % 180, "port": 8000 + i % 1000}

    def page(self, i, rev=0):
        return "<!doctype html>\n<title>app%06d</title>\n<p>revision %d</p>\n" % (i, rev)

    def files(self, i):
        """(mode, path, text) of a new app."""
        folder = self.folder(i)
        yield "100644", folder + "/tfgrid-compose.yaml", self.manifest(i)
        if self.brief:
            yield "100755", folder + "/deployment/configure.sh", "#!/bin/sh\nexit 0\n"
        else:
            for kind in ("setup", "configure", "healthcheck"):
                values = {"kind": kind, "name": self.name(i), "rev": 0}
                yield "100755", "%s/deployment/%s.sh" % (folder, kind), _HOOK % values
        yield "100644", folder + "/src/index.html", self.page(i)

    def edit_manifest(self, i, rev=1):
        return "100644", self.folder(i) + "/tfgrid-compose.yaml", self.manifest(i, rev)

    def edit_page(self, i, rev=1):
        return "100644", self.folder(i) + "/src/index.html", self.page(i, rev)


def chosen(apps, count):
    """`count` different apps, spread over the repository, the same ones every time."""
    step = max(1, apps // count) if count <= apps else 1
    return [(7 + k * step) % apps for k in range(min(count, apps))]


class FastImport:
    """One `git fast-import` into a bare repository. Commits follow each other in the order of commit()."""

    def __init__(self, path, quick=True):
        self.path = path
        if not os.path.exists(path):
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
        options = ["-c", "core.compression=1"] if quick else []
        self._child = subprocess.Popen(
            ["git", "-C", path, *options, "fast-import", "--quiet", "--date-format=raw", "--depth=0", "--force"],
            stdin=subprocess.PIPE)
        self._marks = 0

    def commit(self, ref, changes, message, parent=None):
        """`changes`: (mode, path, text) or ("D", path); `parent`: a mark, a ref or nothing. Returns the mark."""
        write = self._child.stdin.write
        self._marks += 1
        text = message.encode()
        write(b"commit %s\nmark :%d\ncommitter Bench <bench@example.invalid> %d +0000\ndata %d\n%s\n" % (
            ref.encode(), self._marks, FIRST_COMMIT_TIME + 60 * self._marks, len(text), text))
        if parent is not None:
            write(b"from %s\n" % (b":%d" % parent if isinstance(parent, int) else parent.encode()))
        for change in changes:
            if change[0] == "D":
                write(b"D %s\n" % change[1].encode())
                continue
            mode, path, content = change
            data = content.encode()
            write(b"M %s inline %s\ndata %d\n%s\n" % (mode.encode(), path.encode(), len(data), data))
        write(b"\n")
        return self._marks

    def finish(self):
        self._child.stdin.close()
        if self._child.wait() != 0:
            raise RuntimeError("git fast-import into %s failed with exit code %d" % (
                self.path, self._child.returncode))


def make_monorepo(path, apps, shape, many=100):
    """Branches: main and, each one commit on top of it, manifest1, manifest<many>, page1, page<many>, add1, delete1
    and aside (no app is touched). What is edited is among chosen(apps, many)."""
    if shape.layout == "flat":
        # fast-import takes quadratic time for a directory with that many entries.
        make_monorepo(path, apps, AppShape("shard", shape.brief), many)
        flatten(path, apps)
        return
    git = FastImport(path)

    def everything():
        yield "100644", "README.md", "# Apps\n"
        yield "100644", "empty/README.md", "A folder without apps.\n"
        for i in range(apps):
            yield from shape.files(i)

    main = git.commit("refs/heads/main", everything(), "%d apps" % apps)
    some = chosen(apps, many)
    one = some[0]
    branches = {
        "manifest1": [shape.edit_manifest(one)],
        "manifest%d" % many: [shape.edit_manifest(i) for i in some],
        "page1": [shape.edit_page(one)],
        "page%d" % many: [shape.edit_page(i) for i in some],
        "add1": list(shape.files(apps)),
        "delete1": [("D", shape.folder(one))],
        "aside": [("100644", "README.md", "# Apps, edited\n")],
    }
    for branch, changes in branches.items():
        git.commit("refs/heads/" + branch, changes, branch, parent=main)
    git.finish()


def flatten(path, apps):
    """Moves every app of every branch from apps/<shard>/ to apps/."""
    refs = _git(path, "for-each-ref", "--format=%(refname)", "refs/heads/").decode().split()
    main = None
    for ref in sorted(refs, key=lambda ref: ref != "refs/heads/main"):
        entries = b"".join(_entries_of_shards(path, ref))
        folder = _write_object(path, "tree", entries)
        lines = _git(path, "ls-tree", ref).decode().splitlines()
        root = "\n".join("040000 tree %s\tapps" % folder if line.endswith("\tapps") else line for line in lines)
        tree = _git(path, "mktree", stdin=root.encode() + b"\n").decode().strip()
        parent = "parent %s\n" % main if main else ""
        who = "Bench <bench@example.invalid> %d +0000" % FIRST_COMMIT_TIME
        text = "tree %s\n%sauthor %s\ncommitter %s\n\n%d apps in one folder\n" % (tree, parent, who, who, apps)
        commit = _write_object(path, "commit", text.encode())
        _git(path, "update-ref", ref, commit)
        main = main or commit


def _entries_of_shards(path, ref):
    """Raw entries of the trees apps/00 … apps/ff, which in this order are those of one folder, once sorted."""
    shards = _git(path, "ls-tree", "--object-only", ref + ":apps").split()
    found = _git(path, "cat-file", "--batch", stdin=b"\n".join(shards) + b"\n")
    entries, at = [], 0
    for _ in shards:
        end = found.index(b"\n", at)
        size = int(found[at:end].split()[2])
        tree, at = found[end + 1:end + 1 + size], end + 2 + size
        begin = 0
        while begin < size:
            name_end = tree.index(b"\0", begin)
            entries.append((tree[begin:name_end].split(b" ", 1)[1], tree[begin:name_end + 21]))
            begin = name_end + 21
    return [entry for _, entry in sorted(entries)]


def _write_object(path, kind, data):
    return _git(path, "hash-object", "-t", kind, "-w", "--stdin", stdin=data).decode().strip()


def _git(path, *words, stdin=b""):
    done = subprocess.run(["git", "-C", path, *words], input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError("git %s in %s failed with exit code %d\n%s" % (
            " ".join(words), path, done.returncode, done.stderr.decode(errors="replace")))
    return done.stdout
