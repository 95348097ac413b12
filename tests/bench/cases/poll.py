"""A thousand repositories over HTTPS that are polled once a minute, and in which nothing happens. The first of it is not
counted: at the start all of them are looked at at once."""
import collections
import time

import children
import outcome
import rounds
import servers
from polled import PolledWorld

WINDOW_SECONDS = 10


def _spread(begins):
    """The busiest of whole seconds, in parts of an even one."""
    seconds = collections.Counter(int(begun - min(begins)) for begun in begins)
    return max(seconds.values()) / (len(begins) / (max(begins) - min(begins)))


def poll(sources, runs):
    world = PolledWorld(sources)
    with world.server() as server:
        state = world.settled(server)
        port = servers.free_port()
        daemon = servers.Daemon(world.configuration(server, port), state, port)
        url = server.url("0000.git")
        listing = children.Timed(["git", "-c", "http.sslCAInfo=" + world.at("certificate.pem"), "ls-remote", url,
                                  "refs/heads/main"])
        with servers.on_the_other_core(), daemon:
            _await_first_looks(daemon, sources)
            polls = []

            def window():
                seen, before, begun = len(server.connections), daemon.cpu_ms(), time.monotonic()
                time.sleep(WINDOW_SECONDS)
                took, spent = daemon.cpu_ms() - before, time.monotonic() - begun
                found = server.connections[seen:]
                if not found:
                    raise RuntimeError("nothing was polled for %d s" % WINDOW_SECONDS)
                polls.append((found, took / spent / 10))
                times = sorted(ended - begun for begun, ended in found)
                return children.Sample(times[len(times) // 2] * 1e3, took / len(found))
            samples = rounds.measure([window, listing], runs or rounds.SLOW_RUNS)
            peak = daemon.anonymous_mib()
    begins = [begun for found, _ in polls[1:] for begun, _ in found]
    shares = sorted(share for _, share in polls[1:])
    values = {"% of one core": round(shares[len(shares) // 2], 2),
              "polls per second": round(len(begins) / WINDOW_SECONDS / (len(polls) - 1), 2),
              "busiest second to an even one": round(_spread(begins), 2)}
    return outcome.make("poll", sources, ["a poll, connection open to closed", "git ls-remote"], samples,
                        peak_mib=round(peak, 2), values=values)


def _await_first_looks(daemon, sources):
    deadline = time.monotonic() + servers.PATIENCE
    name = "tfgrid_compose_remote_queries_total"
    while daemon.metrics()[name] < sources:
        if time.monotonic() > deadline:
            raise RuntimeError("not every source was looked at within %d s of the start" % servers.PATIENCE)
        time.sleep(0.2)
