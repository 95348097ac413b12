"""Runs whole processes: how long one takes, how much memory of its own it has at most."""
import contextlib
import os
import subprocess
import tempfile
import time


class ChildFailed(RuntimeError):
    """Says which command, its exit code and all that it wrote."""

    def __init__(self, argv, code, output, errors):
        super().__init__("exit code %d from: %s\n--- standard output\n%s\n--- standard error\n%s" % (
            code, " ".join(argv[:12]) + (" …" if len(argv) > 12 else ""), output[-4000:], errors[-4000:]))


def clean_environment(**more):
    """The caller's environment without what changes the behaviour of the programs that are compared."""
    kept = {key: value for key, value in os.environ.items()
            if not key.startswith(("TFGRID_", "GIT_", "TF_", "MAKE", "NINJA"))}
    kept.update({"LC_ALL": "C", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1",
                 "CHECKPOINT_DISABLE": "1"})
    kept.update(more)
    return kept


def run(argv, accept=(0,), **options):
    """Standard output of a command; ChildFailed when its exit code is none of `accept`."""
    options.setdefault("env", clean_environment())
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode not in accept:
        raise ChildFailed(argv, done.returncode, done.stdout, done.stderr)
    return done.stdout


class Sample:
    """One run: time from start to end, and the processor's time that it and its children took, in milliseconds. The
    latter says more than the former on a machine that does other work meanwhile."""

    def __init__(self, wall_ms, cpu_ms):
        self.wall_ms = wall_ms
        self.cpu_ms = cpu_ms


class Timed:
    """A command that is measured from start to end, with its output going nowhere. Called, it runs once and returns a
    Sample. `before` runs outside of the measured time."""

    def __init__(self, argv, accept=(0,), before=None, directory=None, stdin=None):
        self.argv = argv
        self._accept = accept
        self._before = before
        self._directory = directory
        self._stdin = stdin or os.devnull
        self._environment = clean_environment()

    def __call__(self):
        if self._before:
            self._before()
        with tempfile.TemporaryFile() as errors:
            actions = [(os.POSIX_SPAWN_OPEN, 0, self._stdin, os.O_RDONLY, 0),
                       (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                       (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
            home = os.getcwd()
            if self._directory:
                os.chdir(self._directory)
            try:
                started = time.perf_counter_ns()
                pid = os.posix_spawnp(self.argv[0], self.argv, self._environment, file_actions=actions)
                _, status, usage = os.wait4(pid, 0)
                took = time.perf_counter_ns() - started
            finally:
                os.chdir(home)
            code = os.waitstatus_to_exitcode(status)
            if code not in self._accept:
                errors.seek(0)
                raise ChildFailed(self.argv, code, "(not kept)", errors.read().decode(errors="replace"))
        return Sample(took / 1e6, (usage.ru_utime + usage.ru_stime) * 1e3)


def peak_anonymous_mib(argv, accept=(0,), before=None):
    """The highest RssAnon (memory of its own; mapped files such as packs are not in it) of a process and its
    children together, looked at every two milliseconds. Not for measuring time."""
    if before:
        before()
    peak = 0
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                                 env=clean_environment())
        while child.poll() is None:
            peak = max(peak, anonymous_kib_of_family(child.pid))
            time.sleep(0.002)
        if child.returncode not in accept:
            errors.seek(0)
            raise ChildFailed(argv, child.returncode, "(not kept)", errors.read().decode(errors="replace"))
    return round(peak / 1024, 2)


def anonymous_kib_of_family(pid):
    """RssAnon of a process and its children."""
    return sum(_anonymous_kib(one) for one in _family(pid))


def ticks_of_living(pid):
    """The processor's time, in ticks of the clock, that the children of a process have taken so far, without theirs."""
    ticks = 0
    for child in _children(pid):
        with contextlib.suppress(OSError):
            with open("/proc/%d/stat" % child, encoding="ascii", errors="replace") as f:
                ticks += sum(int(field) for field in f.read().rpartition(")")[2].split()[11:13])
    return ticks


def _children(pid):
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir("/proc/%d/task" % pid):
            with open("/proc/%d/task/%s/children" % (pid, task), encoding="ascii") as f:
                found.extend(int(word) for word in f.read().split())
    return found


def _family(pid):
    family, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        family.append(one)
        waiting.extend(_children(one))
    return family


def _anonymous_kib(pid):
    try:
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
            for line in f:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0
