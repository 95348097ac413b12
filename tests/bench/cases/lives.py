"""The daemon when nothing happens, and when it was killed."""
import time

import children
import engine
import outcome
import rounds
import served
import servers
import webhooks
import wrk
from world import World

WINDOW_SECONDS = 5


def idle(apps, runs):
    """Nothing changes. Short windows instead of an hour; the first of them is what memory is compared with."""
    with served.running(World(apps)) as here:
        memory = []

        def window():
            before, begun = here.daemon.cpu_ms(), time.monotonic()
            time.sleep(WINDOW_SECONDS)
            memory.append(here.daemon.anonymous_mib())
            return children.Sample((time.monotonic() - begun) * 1e3, here.daemon.cpu_ms() - before)
        samples = rounds.measure([window], runs or rounds.SLOW_RUNS)
    spent = sum(sample.cpu_ms for sample in samples[0]) / sum(sample.wall_ms for sample in samples[0])
    values = {"% of one core": round(spent * 100, 3), "MiB at the start": round(memory[0], 2),
              "MiB at the end": round(memory[-1], 2), "MiB more": round(memory[-1] - memory[0], 2)}
    return outcome.make("idle", apps, ["nothing happens for %d s" % WINDOW_SECONDS], samples,
                        peak_mib=round(max(memory), 2), values=values)


class _Restart:
    """Killed while webhooks come, then started again: how long until the next webhook is answered."""

    def __init__(self, here):
        self._here = here
        self._number = 0
        self._load = wrk.command(here.daemon, webhooks.PATH, 16, "deliver.lua", [here.payloads, str(webhooks.PAYLOADS)])

    def __call__(self):
        daemon = self._here.daemon
        load = wrk.start(self._load)
        time.sleep(0.5)
        daemon.kill()
        load.kill()
        load.communicate()
        begun = time.perf_counter()
        daemon.start()
        self._deliver(begun + servers.PATIENCE)
        took = (time.perf_counter() - begun) * 1e3
        return children.Sample(took, daemon.cpu_ms())

    def _deliver(self, deadline):
        self._number += 1
        body = webhooks.push(self._number)
        headers = webhooks.headers(body, "restart-%d" % self._number)
        while time.perf_counter() < deadline:
            try:
                status, _ = servers.request(self._here.daemon.port, "POST", webhooks.PATH, body, headers)
            except OSError:
                time.sleep(0.002)
                continue
            if status != 202:
                raise RuntimeError("a webhook was answered with %d" % status)
            return
        raise RuntimeError("no webhook was answered")


def restart(apps, runs):
    with served.running(World(apps)) as here:
        words = engine.command(here.world.configuration(), here.world.settled(), "reconcile", "--dry-run", "--full")
        samples = rounds.measure([_Restart(here), children.Timed(words)], runs)
    names = ["kill -9 to the first answered webhook", "reconcile --dry-run --full"]
    return outcome.make("restart", apps, names, samples)
