"""Loads a server with wrk for a while; the scripts that make its requests are in load/."""
import json
import os
import subprocess

import cache
import children
import servers

SECONDS = 1
LOAD = os.path.join(cache.HERE, "load")


def command(server, path, connections, script, words, seconds=SECONDS):
    return ["wrk", "-t1", "-c%d" % connections, "-d%gs" % seconds, "--timeout", "10s", "-s",
            os.path.join(LOAD, script), server.url(path), "--", *words]


def start(argv):
    servers.need("wrk")
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                            env=children.clean_environment(), preexec_fn=servers.pinned(servers.CLIENT_CORE))


def finish(process):
    """What its script's `done` said: requests, seconds, p50_ms, p99_ms, errors (of sockets), refused (400 and above)."""
    output, _ = process.communicate()
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if process.returncode != 0 or len(lines) != 1:
        raise RuntimeError("wrk failed: %s\n%s" % (" ".join(process.args), output[-2000:]))
    return json.loads(lines[0])


class Load:
    """Called, it loads the server once and returns a Sample: milliseconds, and those of the server's processor, for
    1,000 requests."""

    def __init__(self, server, path, connections, script, *words):
        self._server = server
        self._argv = command(server, path, connections, script, words)
        self.bursts = []

    def __call__(self):
        before, written = self._server.cpu_ms(), self._server.bytes_written()
        burst = finish(start(self._argv))
        burst["written"] = self._server.bytes_written() - written
        took = self._server.cpu_ms() - before
        if burst["requests"] == 0:
            raise RuntimeError("no request was answered: " + " ".join(self._argv))
        self.bursts.append(burst)
        return children.Sample(burst["seconds"] * 1e6 / burst["requests"], took * 1e3 / burst["requests"])

    def median(self, name):
        """Of the bursts that count; the first one is for warming up."""
        found = sorted(burst[name] for burst in self.bursts[1:])
        return found[len(found) // 2]

    def rate(self):
        rates = sorted(burst["requests"] / burst["seconds"] for burst in self.bursts[1:])
        return rates[len(rates) // 2]

    def total(self, name):
        return sum(burst[name] for burst in self.bursts)
