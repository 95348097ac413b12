"""A small world to kill the engine in: one Git repository with a few tiny apps, a configuration, a state
directory that can be saved and put back, and the commands run on it, with or without the fault shim.

Every hook holds a lock of its app and writes a line at its start and its end into a witness file that the
engine knows nothing of: what really ran is read there and not in the engine's own books."""
import collections
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from workbench import Remote, find_binary  # noqa: E402

SECRET = "s3cret-Of-The-World-4711"
HOOKS = ("setup", "configure", "healthcheck", "teardown")

# Descriptor 9 is inherited by all that the hook starts: the lock is free when all of it is gone.
SCRIPT = """#!/bin/sh
exec 9>>"{path}/locks/$TFGRID_APP_NAME"
flock -n 9 || echo "overlap $TFGRID_APP_NAME $TFGRID_HOOK $$" >>"{path}/witness"
echo "start $TFGRID_APP_NAME $TFGRID_HOOK $$ $TFGRID_REVISION" >>"{path}/witness"
{body}
echo "stop $TFGRID_APP_NAME $TFGRID_HOOK $$ $TFGRID_REVISION" >>"{path}/witness"
"""
BODIES = {"configure": 'printf "%s" "$SETTING" >"$TFGRID_DATA_DIR/setting"\necho "the password is $PASSWORD"'}

Outcome = collections.namedtuple("Outcome", "code out err seconds")
Line = collections.namedtuple("Line", "what app hook pid revision")


def find_shim():
    path = os.environ.get("TFGRID_COMPOSE_SHIM", "")
    if not os.access(path, os.R_OK):
        raise RuntimeError("set TFGRID_COMPOSE_SHIM to the built fault_shim.so (it is %r)" % path)
    return os.path.abspath(path)


def quick_directory():
    """Memory when programs may run from there: a kill does not lose what the kernel holds, so a disk
    would add waiting and no truth."""
    for place in ("/dev/shm", "/var/tmp"):
        if not os.access(place, os.W_OK):
            continue
        with tempfile.TemporaryDirectory(dir=place) as probe:
            script = os.path.join(probe, "x")
            with open(script, "w", encoding="utf-8") as f:
                f.write("#!/bin/sh\n")
            os.chmod(script, 0o755)
            with contextlib.suppress(OSError):
                if shutil.disk_usage(probe).free > 256 << 20 and subprocess.run([script], check=False).returncode == 0:
                    return place
    raise RuntimeError("neither /dev/shm nor /var/tmp can hold programs")


def manifest(name, setting, extra=""):
    hooks = "".join("  %s: deployment/%s.sh\n" % (hook, hook) for hook in HOOKS)
    return ("name: %s\nversion: \"1.0\"\npattern: single-vm\nenvironment:\n"
            "  - {name: SETTING, default: \"%s\"}\n  - {name: PASSWORD, secret: true}\n"
            "hooks:\n%s%s" % (name, setting, hooks, extra))


class World:
    """Everything lies beneath `path`; remove() deletes it."""

    def __init__(self, apps=("one", "two"), bodies=None, configuration="", place=""):
        self.binary = find_binary()
        self.shim = find_shim()
        self.path = tempfile.mkdtemp(prefix="tfgrid-compose-death-", dir=place or quick_directory())
        self.apps = list(apps)
        self.bodies = dict(BODIES, **(bodies or {}))
        self.state = self.at("state")
        self.remote = Remote(self.at("remote.git"))
        self.witness_read = 0
        self.watch_anew()
        os.mkdir(self.at("locks"))
        with open(self.at("witness"), "w", encoding="utf-8"):
            pass
        with open(self.at("secret"), "w", encoding="utf-8") as f:
            f.write(SECRET)
        os.chmod(self.at("secret"), 0o600)
        self.configure(self.sources() + configuration)
        self.settings = {}
        self.commit({app: "1" for app in self.apps})

    def at(self, name):
        return os.path.join(self.path, name)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)

    def secrets(self):
        """What must never be seen."""
        return [SECRET]

    def sources(self):
        """What the configuration says of where things come from."""
        return "sources:\n  - {name: apps, url: %s, branch: main, environment: test}\n" % self.remote.path

    def configure(self, text):
        self.write_configuration("%senvironments:\n  test: {provider: local, environment: {PASSWORD: {file: %s}}}\n"
                                 "patterns: [%s]\n" % (text, self.at("secret"), os.path.join(ROOT, "patterns")))

    def write_configuration(self, text):
        with open(self.at("reconciler.yaml"), "w", encoding="utf-8") as f:
            f.write(text)

    # --- Git

    def script(self, hook):
        return SCRIPT.format(path=self.path, body=self.bodies.get(hook, ":"))

    def files(self, app, setting):
        files = {"%s/tfgrid-compose.yaml" % app: manifest(app, setting, self.bodies.get("manifest", "")),
                 "%s/src/setting" % app: setting}
        for hook in HOOKS:
            files["%s/deployment/%s.sh" % (app, hook)] = (self.script(hook), "100755")
        return files

    def commit(self, settings, more=None):
        """A commit that gives apps new settings; {app: None} removes one."""
        changes = dict(more or {})
        for app, setting in settings.items():
            if setting is None:
                changes[app] = None
                self.settings.pop(app, None)
            else:
                changes.update(self.files(app, setting))
                self.settings[app] = setting
        self.remote.commit(changes)

    def head(self):
        with open(os.path.join(self.remote.path, "refs/heads/main"), encoding="utf-8") as f:
            return f.read().strip()

    # --- The engine

    def command(self, *words):
        return [self.binary, "--config", self.at("reconciler.yaml"), "--state-dir", self.state, *words]

    def environment(self, shim=None):
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.path, "USER": "death"}
        if shim is not None:
            environment.update({"LD_PRELOAD": self.shim, "DEATH_ROOT": self.state})
            environment.update({"DEATH_" + key.upper(): str(value) for key, value in shim.items()})
        return environment

    def start(self, *words, shim=None, **options):
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, errors="replace",
                                env=self.environment(shim), cwd=self.path, **options)

    def run(self, *words, shim=None, timeout=120, **options):
        begin = time.monotonic()
        process = self.start(*words, shim=shim, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Outcome(process.returncode, out, err, time.monotonic() - begin)

    def trace(self, *words, calls, **shim):
        """Runs a command; (outcome, [(call, path)]) of all calls of the kinds in `calls`."""
        log = self.at("trace")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(log)
        outcome = self.run(*words, shim=dict(shim, calls=calls, log=log))
        with open(log, encoding="utf-8", errors="replace") as f:
            lines = [line.rstrip("\n").split(" ", 2) for line in f]
        return outcome, [(line[1], line[2]) for line in lines]

    # --- The witness

    def witness(self, new_only=False):
        """Lines of the witness file; with `new_only` those since the last such call."""
        with open(self.at("witness"), encoding="utf-8") as f:
            if new_only:
                f.seek(self.witness_read)
            lines = [Line(*(line.split() + [""])[:5]) for line in f if line.strip()]
            self.witness_read = f.tell()
        return lines

    def watch(self):
        """Reads what is new in the witness file into `last` and `overlaps`; itself."""
        with open(self.at("witness"), encoding="utf-8") as f:
            f.seek(self.watched)
            for text in f:
                line = Line(*(text.split() + [""])[:5])
                if line.what == "overlap":
                    self.overlaps.append(line)
                else:
                    self.last[line.app, line.hook, line.revision] = line.what
            self.watched = f.tell()
        return self

    def watch_anew(self):
        self.watched = 0
        self.last = {}  # (app, hook, revision): "start" or "stop", whichever came last
        self.overlaps = []

    # --- The state directory as a whole

    def save(self, name):
        """Keeps a copy of everything that changes, to be put back with restore()."""
        self.forget(name)
        os.mkdir(self.at(name))
        for part in ("state", "witness", "remote.git"):
            if os.path.exists(self.at(part)):
                subprocess.run(["cp", "-a", self.at(part), self.at(name)], check=True)
        with open(os.path.join(self.at(name), "settings"), "w", encoding="utf-8") as f:
            f.write("%d %r" % (self.remote.commits, self.settings))

    def restore(self, name):
        saved = self.at(name)
        shutil.rmtree(self.state, ignore_errors=True)
        for part in ("state", "witness"):
            if os.path.exists(os.path.join(saved, part)):
                subprocess.run(["cp", "-a", os.path.join(saved, part), self.path], check=True)
        with open(os.path.join(saved, "settings"), encoding="utf-8") as f:
            commits, settings = f.read().split(" ", 1)
        if int(commits) != self.remote.commits:
            shutil.rmtree(self.remote.path)
            subprocess.run(["cp", "-a", os.path.join(saved, "remote.git"), self.path], check=True)
        self.remote.commits = int(commits)
        self.settings = eval(settings, {"__builtins__": {}})  # Our own repr() of a dict of strings.
        self.witness_read = os.path.getsize(self.at("witness"))
        self.watch_anew()

    def forget(self, name):
        shutil.rmtree(self.at(name), ignore_errors=True)

    @contextlib.contextmanager
    def database(self):
        """The database as it lies there, read from a copy: looking must not repair what a kill left."""
        with tempfile.TemporaryDirectory(dir=self.path) as copy:
            for name in ("state.db", "state.db-wal"):
                with contextlib.suppress(FileNotFoundError):
                    shutil.copyfile(os.path.join(self.state, name), os.path.join(copy, name))
            connection = sqlite3.connect(os.path.join(copy, "state.db"))
            connection.row_factory = sqlite3.Row
            try:
                yield connection
            finally:
                connection.close()

    def has_database(self):
        return os.path.exists(os.path.join(self.state, "state.db"))

    def processes(self):
        """Processes that belong to this world: by environment, command line or working directory."""
        mark = self.path.encode()
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                with open("/proc/%s/stat" % pid, encoding="utf-8", errors="replace") as f:
                    if f.read().rpartition(")")[2].split()[0] in "ZX":
                        continue
                texts = [os.readlink("/proc/%s/cwd" % pid).encode()]
                for name in ("environ", "cmdline"):
                    with open("/proc/%s/%s" % (pid, name), "rb") as f:
                        texts.append(f.read())
                if any(mark in text for text in texts):
                    found.append((int(pid), texts[-1].replace(b"\0", b" ").decode(errors="replace").strip()))
        return found

    def open_gate(self, path, engine):
        """Opens the named pipe `path` when a hook waits at its other end; None when the engine ends first."""
        while engine.poll() is None:
            with contextlib.suppress(OSError):
                return os.fdopen(os.open(path, os.O_WRONLY | os.O_NONBLOCK), "w")
            time.sleep(0.002)  # Between looks: a pipe without a reader cannot be waited for.
        return None

    def kill_all(self):
        for pid, _ in self.processes():
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
