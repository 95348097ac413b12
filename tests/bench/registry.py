"""Which cases there are, under which names, and which of them `all` runs."""
from cases import (actions, aged, clones, growth, hooks, inprocess, listing, lives, passes, peers, poll, pushes, starts,
                   validation)


class Case:
    def __init__(self, name, goal_id, function, apps):
        self.name = name
        self.goal_id = goal_id
        self.function = function
        self.apps = apps  # The numbers of apps that `all` runs it with; the first is the default.


CASES = [
    Case("noop", "E1", passes.noop, [10_000]),
    Case("delta1", "E2", passes.delta1, [10_000]),
    Case("scale", "E3", growth.scale, [100_000]),
    Case("treediff", "E4", inprocess.treediff, [10_000]),
    Case("treediff-flat", "E4", inprocess.treediff_flat, [10_000]),
    Case("delta100", "E5", passes.delta100, [10_000]),
    Case("resync", "E6", passes.resync, [10_000, 100_000]),
    Case("cold", "E7", passes.cold, [10_000, 100_000]),
    Case("validate", "E8", validation.validate, [50, 10_000]),
    Case("version", "E9", starts.version, [10_000]),
    Case("status", "E9", starts.status, [10_000]),
    Case("clone-http", "E10", clones.over_http, [10_000]),
    Case("clone-path", "E10", clones.from_path, [10_000]),
    Case("actions", "E11", actions.actions, [1_000]),
    Case("memory", "E12", growth.memory, [100_000]),
    Case("json", "E13", inprocess.json_writer, [10_000]),
    Case("aged-pass", "E14", aged.one_pass, [10_000]),
    Case("aged-fetch", "E14", aged.fetch, [10_000]),
    Case("hook-1", "D1", hooks.one, [10_000]),
    Case("hook-16", "D1", hooks.sixteen, [10_000]),
    Case("hook", "D1", hooks.hook, [10_000]),
    Case("hook-bad", "D2", hooks.forged, [10_000]),
    Case("hook-new", "D3", hooks.fresh, [10_000]),
    Case("push2plan", "D4", pushes.push_to_plan, [10_000]),
    Case("poll", "D5", poll.poll, [1_000]),
    Case("flood", "D6", pushes.flood, [100]),
    Case("idle", "D7", lives.idle, [10_000]),
    Case("restart", "D8", lives.restart, [10_000]),
    Case("list", "D9", listing.whole, [10_000]),
    Case("list-page", "D9", listing.page, [10_000]),
    Case("peers", "peers", peers.peers, [10_000]),
]


def find(word):
    return [case for case in CASES if word.lower() in (case.name, case.goal_id.lower())]
