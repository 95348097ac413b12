"""What is shown of 10,000 apps through the API, to 16 clients at once: one page of 100, and the whole list, which is
pages of 1,000 one after the other. Against nginx with a file of 1 KB."""
import json

import outcome
import rounds
import served
import servers
import wrk
from world import World

CLIENTS = 16
LONGEST_PAGE = 1000


def _whole_list(daemon, token):
    """The targets of all pages, from a walk along the cursors."""
    targets, cursor = [], None
    while not targets or cursor:
        targets.append("/api/v1/apps?limit=%d" % LONGEST_PAGE + ("&cursor=" + cursor if cursor else ""))
        status, body = servers.request(daemon.port, "GET", targets[-1], headers={"Authorization": "Bearer " + token})
        if status != 200:
            raise RuntimeError("%s answers %d" % (targets[-1], status))
        cursor = json.loads(body)["next"]
    return targets


def _get(here, server, name, targets, token="-"):
    path = here.at(name)
    with open(path, "w", encoding="ascii") as f:
        f.write("".join(target + "\n" for target in targets))
    return wrk.Load(server, targets[0], CLIENTS, "get.lua", path, token)


def _measure(case, apps, runs, engine_name, targets_of):
    with served.running(World(apps)) as here, servers.Nginx() as nginx:
        token = here.daemon.token()
        load = _get(here, here.daemon, "targets", targets_of(here.daemon, token), token)
        peer = _get(here, nginx, "file", ["/kilobyte"])
        samples = rounds.measure([load, peer], runs)
        peak = here.daemon.anonymous_mib()
    values = {"answers per second": round(load.rate()), "p50 ms": load.median("p50_ms"),
              "p99 ms": load.median("p99_ms"), "nginx: answers per second": round(peer.rate()),
              "errors": load.total("errors") + load.total("refused")}
    return outcome.make(case, apps, [engine_name, "nginx, a file of 1 KB"], samples, peak_mib=round(peak, 2),
                        values=values)


def page(apps, runs):
    return _measure("list-page", apps, runs, "1,000 pages of 100 apps", lambda *_: ["/api/v1/apps?limit=100"])


def whole(apps, runs):
    result = _measure("list", apps, runs, "1,000 pages of 1,000 apps", _whole_list)
    pages, values = -(-apps // LONGEST_PAGE), result["values"]
    values["lists per second"] = round(values["answers per second"] / pages, 1)
    values["p99 ms of %s pages" % {10: "ten"}.get(pages, pages)] = round(values["p99 ms"] * pages, 2)
    return result
