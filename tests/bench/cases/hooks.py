"""Webhooks of 20 KB: verified, recorded durably, answered; against nginx that takes the same bytes and forgets them.
Time, processor's time and ratios are those of 1,000 requests."""
import outcome
import rounds
import served
import servers
import webhooks
import wrk
from world import World


def _deliveries(here, connections, *words):
    return wrk.Load(here.daemon, webhooks.PATH, connections, "deliver.lua", here.payloads, str(webhooks.PAYLOADS),
                    *words)


def _discarded(nginx, here, connections, *words):
    return wrk.Load(nginx, "/discard", connections, "deliver.lua", here.payloads, str(webhooks.PAYLOADS),
                    *words)


def _verdicts(daemon, before):
    """How many deliveries got which verdict since the metrics `before`."""
    family = "tfgrid_compose_webhook_deliveries_total"
    return {name.rpartition('verdict="')[2].rstrip('"}'): int(value - before.get(name, 0))
            for name, value in daemon.metrics().items() if name.startswith(family) and value != before.get(name, 0)}


def _measure(case, apps, runs, connections, engine_name, *words):
    with served.running(World(apps)) as here, servers.Nginx() as nginx:
        before = here.daemon.metrics()
        load, peer = _deliveries(here, connections, *words), _discarded(nginx, here, connections, *words)
        samples = rounds.measure([load, peer], runs)
        verdicts = _verdicts(here.daemon, before)
        peak = here.daemon.anonymous_mib()
    values = {"requests per second": round(load.rate()), "p50 ms": load.median("p50_ms"),
              "p99 ms": load.median("p99_ms"), "nginx: requests per second": round(peer.rate()),
              "nginx: p99 ms": peer.median("p99_ms"), "errors": load.total("errors"),
              "KiB written": round(load.median("written") / 1024),
              "p99 to nginx's": round(load.median("p99_ms") / peer.median("p99_ms"), 3)}
    values.update(("answered as " + verdict, count) for verdict, count in verdicts.items())
    return outcome.make(case, apps, [engine_name, "nginx, the same POST discarded"], samples,
                        peak_mib=round(peak, 2), values=values)


def one(apps, runs):
    return _measure("hook-1", apps, runs, 1, "1,000 signed pushes, 1 connection")


def sixteen(apps, runs):
    return _measure("hook-16", apps, runs, 16, "1,000 signed pushes, 16 connections")


def hook(apps, runs):
    return _measure("hook", apps, runs, 64, "1,000 signed pushes, 64 connections")


def forged(apps, runs):
    return _measure("hook-bad", apps, runs, 64, "1,000 forged pushes, 64 connections", "forge")


def fresh(apps, runs):
    return _measure("hook-new", apps, runs, 64, "1,000 signed pushes, a connection each, 64 at once", "close")
