"""From a webhook to what is durable because of it: one push to one app among 10,000, and a flood of them."""
import contextlib
import os
import shutil
import time

import children
import figures
import outcome
import rounds
import served
import servers
import webhooks
import wrk
from git_server import FIXED_PORT, GitServer
from pushed import Journal, PushedWorld

COMMITS = int(os.environ.get("TFGRID_COMPOSE_BENCH_COMMITS", "5000"))
PUSHES_OF_A_RUN = 20
DEFAULT_RUNS = 10
LEAST_GAP = 0.55  # Seconds from one look at a source to the next, and a little more.
PATIENCE = 60


def _wait(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError("%s: not within %d s" % (what, PATIENCE))
        time.sleep(0.0002)


class _Pushes:
    """The commits of one measurement; each is pushed by whoever comes to it first."""

    def __init__(self, world, count):
        self._world = world
        apps = world.applied()
        self._commits = world.coming(count, lambda shape, number: [
            shape.edit_manifest(apps[number % len(apps)], rev=1 + number)])
        self._pushed = -1

    def reach(self, number):
        if number > self._pushed:
            self._world.push(self._commits[number])
            self._pushed = number


class _Delivered:
    """A push is delivered; how long until its plan is durable, seen by who delivered it."""

    def __init__(self, here, journal, pushes):
        self._daemon, self._journal, self._pushes = here.daemon, journal, pushes
        self._number = 0
        self._looked = time.monotonic()

    def __call__(self):
        # A push that comes sooner waits for its look, and one that is seen by the look before has no plan of its own.
        _wait(lambda: time.monotonic() > self._looked + LEAST_GAP and not self._journal.busy(), "rest before a push")
        self._pushes.reach(self._number)
        body = webhooks.push(self._number)
        headers = webhooks.headers(body, "push-%d" % self._number)
        self._number += 1
        before, cpu = self._journal.newest_run(), self._daemon.cpu_ms()
        begun = time.perf_counter()
        status, _ = servers.request(self._daemon.port, "POST", webhooks.PATH, body, headers)
        if status != 202:
            raise RuntimeError("a webhook was answered with %d" % status)
        _wait(lambda: self._journal.newest_run() > before, "the plan of a push")
        sample = children.Sample((time.perf_counter() - begun) * 1e3, self._daemon.cpu_ms() - cpu)
        self._looked = time.monotonic()
        return sample


def _git_fetch(url, clone, pushes):
    shutil.rmtree(clone, ignore_errors=True)
    children.run(["git", "clone", "--quiet", "--bare", "--single-branch", "--branch", "main", url, clone])
    numbers = iter(range(1_000_000))
    return children.Timed(["git", "-C", clone, "fetch", "--quiet", "origin", "+refs/heads/main:refs/heads/main"],
                          before=lambda: pushes.reach(next(numbers)))


def _percentile(samples, share):
    times = sorted(figures.wall(samples))
    return round(times[min(len(times) - 1, int(len(times) * share))], 3)


def push_to_plan(apps, runs):
    count = (runs or DEFAULT_RUNS) * PUSHES_OF_A_RUN
    world = PushedWorld(apps, COMMITS)
    with contextlib.ExitStack() as stack:
        stack.enter_context(world.pushable())
        server = stack.enter_context(GitServer(world.path, FIXED_PORT))
        url = server.url("live.git")
        over_http = stack.enter_context(served.running(world, url, "state-http"))
        on_path = stack.enter_context(served.running(world, world.live, "state-path"))
        pushes = _Pushes(world, count + 1)
        subjects = [_Delivered(here, stack.enter_context(Journal(here.state)), pushes) for here in (over_http, on_path)]
        subjects.insert(1, _git_fetch(url, over_http.at("clone.git"), pushes))
        samples = rounds.measure(subjects, count)
        peak = max(here.daemon.anonymous_mib() for here in (over_http, on_path))
    values = {"http: p50 ms": _percentile(samples[0], 0.5), "http: p99 ms": _percentile(samples[0], 0.99),
              "path: p50 ms": _percentile(samples[2], 0.5), "path: p99 ms": _percentile(samples[2], 0.99)}
    names = ["a push over HTTP to its durable plan", "git fetch of the same commit", "the same from a path"]
    return outcome.make("push2plan", apps, names, samples, peak_mib=round(peak, 2), values=values)


FLOOD_SECONDS = 2
FLOOD_COMMITS = 2  # Each changes all apps: one before the first delivery, the other half-way.
DELIVERIES = 10_000


class _Flood:
    """Two seconds of deliveries while all apps change twice. The sample is the time of 10,000 of them."""

    def __init__(self, here, journal, commits, listing):
        self._here, self._journal, self._commits, self._listing = here, journal, commits, listing
        self.deliveries, self.pages = [], []
        self.most_runs, self.most_fetches = 0, 0

    def __call__(self):
        daemon, world = self._here.daemon, self._here.world
        run, before, cpu = self._journal.newest_run(), daemon.metrics(), daemon.cpu_ms()
        world.push(next(self._commits))
        flood = wrk.start(wrk.command(daemon, webhooks.PATH, 64, "deliver.lua",
                                      [self._here.payloads, str(webhooks.PAYLOADS)], FLOOD_SECONDS))
        look = wrk.start(self._listing)
        time.sleep(FLOOD_SECONDS / 2)
        world.push(next(self._commits))
        burst, pages = wrk.finish(flood), wrk.finish(look)
        cpu = daemon.cpu_ms() - cpu
        _wait(lambda: not self._journal.busy(), "rest after the flood")
        after = daemon.metrics()
        name = "tfgrid_compose_fetches_total"
        self.most_fetches = max(self.most_fetches, int(after[name] - before[name]))
        self.most_runs = max(self.most_runs, self._journal.number(
            "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM run WHERE id > ? GROUP BY name)", run))
        self.deliveries.append(burst)
        self.pages.append(pages)
        factor = DELIVERIES / burst["requests"]
        return children.Sample(burst["seconds"] * 1e3 * factor, cpu * factor)


def flood(apps, runs):
    runs = runs or rounds.SLOW_RUNS
    world = PushedWorld(apps)
    with contextlib.ExitStack() as stack:
        stack.enter_context(world.pushable())
        url = stack.enter_context(GitServer(world.path, FIXED_PORT)).url("live.git")
        here = stack.enter_context(served.running(world, url, "state-http"))
        targets = here.at("targets")
        with open(targets, "w", encoding="ascii") as f:
            f.write("/api/v1/apps?limit=100\n")
        listing = wrk.command(here.daemon, "/api/v1/apps", 1, "get.lua", [targets, here.daemon.token()], FLOOD_SECONDS)
        commits = world.coming((runs + 1) * FLOOD_COMMITS, lambda shape, number: [
            shape.edit_manifest(i, rev=1 + number) for i in range(apps)])
        subject = _Flood(here, stack.enter_context(Journal(here.state)), iter(commits), listing)
        samples = rounds.measure([subject], runs)
        peak = here.daemon.anonymous_mib()
    values = {"most runs of an app": subject.most_runs, "most fetches": subject.most_fetches,
              "GET /apps: p99 ms": sorted(page["p99_ms"] for page in subject.pages)[len(subject.pages) // 2],
              "deliveries": sum(burst["requests"] for burst in subject.deliveries),
              "errors": sum(burst["errors"] + burst["refused"] for burst in subject.deliveries + subject.pages)}
    return outcome.make("flood", apps, ["10,000 deliveries while all apps change"], samples, peak_mib=round(peak, 2),
                        values=values)
