"""The goals: what each case was meant to reach on the machine they were written for, and the ratios that count.

A goal is (what, bound, how to read it from a result). `ms` is the median, `ratio` the ratio to the named yardstick."""


class Goal:
    def __init__(self, case, apps, text, bound, value, at_least=False):
        self.case = case
        self.apps = apps
        self.text = text
        self.bound = bound
        self._value = value
        self._at_least = at_least

    def value(self, result):
        return self._value(result)

    def met(self, result):
        value = self.value(result)
        return value is not None and (value >= self.bound if self._at_least else value <= self.bound)


def _entries(result):
    return [result] + result["also"]


def _ratio(prefix):
    def read(result):
        for entry in _entries(result):
            if entry["yardstick"] and entry["yardstick"].startswith(prefix):
                return entry["ratio"]
        return None
    return read


def _ms(result):
    return result["engine_ms"]["median"]


def _mib(result):
    return result["peak_mib"]


def _named(prefix):
    def read(result):
        for name, value in result.get("values", {}).items():
            if name.startswith(prefix):
                return value
        return None
    return read


def _ms_goal(case, apps, bound):
    return Goal(case, apps, "median ≤ %g ms" % bound, bound, _ms)


def _ratio_goal(case, apps, yardstick, bound, label):
    return Goal(case, apps, "≤ %gx %s" % (bound, label), bound, _ratio(yardstick))


def _most(case, apps, name, bound):
    return Goal(case, apps, "%s ≤ %s" % (name, "{:,g}".format(bound)), bound, _named(name))


def _least(case, apps, name, bound):
    return Goal(case, apps, "%s ≥ %s" % (name, "{:,g}".format(bound)), bound, _named(name), at_least=True)


GOALS = [
    _ms_goal("noop", 10_000, 20), _ratio_goal("noop", 10_000, "ninja", 0.5, "ninja"),
    _ms_goal("delta1", 10_000, 25), _ratio_goal("delta1", 10_000, "ninja", 0.6, "ninja"),
    _ratio_goal("delta1", 10_000, "git diff-tree", 10, "git diff-tree"),
    _ms_goal("scale", 100_000, 40), _ratio_goal("scale", 100_000, "the same", 1.5, "10,000 apps"),
    _ms_goal("treediff", 10_000, 0.5), _ratio_goal("treediff", 10_000, "bare", 1.5, "bare merge-walk"),
    _ratio_goal("treediff", 10_000, "git_diff", 0.1, "git_diff_tree_to_tree"),
    _ms_goal("treediff-flat", 10_000, 4.5), _ratio_goal("treediff-flat", 10_000, "bare", 1.5, "bare merge-walk"),
    _ratio_goal("treediff-flat", 10_000, "git_diff", 0.1, "git_diff_tree_to_tree"),
    _ms_goal("delta100", 10_000, 50), _ratio_goal("delta100", 10_000, "the same", 0.25, "a first pass"),
    _ms_goal("resync", 10_000, 60), _ratio_goal("resync", 10_000, "ninja", 1.3, "ninja"),
    _ms_goal("resync", 100_000, 600), _ratio_goal("resync", 100_000, "ninja", 1.2, "ninja"),
    _ms_goal("cold", 10_000, 600), _ratio_goal("cold", 10_000, "git ls-tree", 8, "reading with git"),
    _ms_goal("cold", 100_000, 6000), _ratio_goal("cold", 100_000, "git ls-tree", 8, "reading with git"),
    _ms_goal("validate", 50, 25), _ratio_goal("validate", 50, "bash tool", 0.03, "the bash tool (published)"),
    _ms_goal("validate", 10_000, 600), _ratio_goal("validate", 10_000, "bash tool", 0.03, "the bash tool (published)"),
    _ms_goal("version", 10_000, 15), _ratio_goal("version", 10_000, "bash tool", 0.1, "the bash tool (published)"),
    _ms_goal("status", 10_000, 40), _ratio_goal("status", 10_000, "bash tool", 0.2, "the bash tool (published)"),
    _ms_goal("clone-http", 10_000, 900), _ratio_goal("clone-http", 10_000, "git clone", 1.3, "git clone"),
    _ms_goal("clone-path", 10_000, 50), _ratio_goal("clone-path", 10_000, "git clone", 1.0, "git clone"),
    _ms_goal("actions", 1_000, 1200), _ratio_goal("actions", 1_000, "ninja", 3, "ninja"),
    Goal("memory", 100_000, "10,000 apps: ≤ 48 MiB", 48, _named("MiB with")),
    Goal("memory", 100_000, "100,000 apps: ≤ 250 MiB", 250, _mib),
    Goal("memory", 100_000, "≤ 2.5 KiB for each app more", 2.5, _named("KiB")),
    _ms_goal("json", 10_000, 25), _ratio_goal("json", 10_000, "nlohmann: copy", 1.3, "nlohmann-json"),
    _ratio_goal("peers", 10_000, "terraform", 1 / 300, "the terraform loop"),
    _ratio_goal("aged-pass", 10_000, "a fresh", 1.5, "a fresh mirror"),
    _ms_goal("aged-fetch", 10_000, 60), _ratio_goal("aged-fetch", 10_000, "a fresh", 1.5, "a fresh mirror"),
    _most("hook-1", 10_000, "p50 ms", 0.5),
    _least("hook-16", 10_000, "requests per second", 6_000), _most("hook-16", 10_000, "p99 ms", 5),
    _least("hook", 10_000, "requests per second", 10_000), _most("hook", 10_000, "p99 ms", 15),
    _ratio_goal("hook", 10_000, "nginx", 10, "nginx (0.1x its rate)"),
    _least("hook-bad", 10_000, "requests per second", 20_000), _most("hook-bad", 10_000, "KiB written", 0),
    _ratio_goal("hook-bad", 10_000, "nginx", 5, "nginx (0.2x its rate)"),
    _most("hook-new", 10_000, "p99 ms", 15), _most("hook-new", 10_000, "errors", 0),
    _most("hook-new", 10_000, "p99 to nginx's", 6),
    _most("push2plan", 10_000, "path: p99 ms", 10), _most("push2plan", 10_000, "http: p99 ms", 80),
    _ratio_goal("push2plan", 10_000, "git fetch", 0.6, "git fetch"),
    _most("poll", 1_000, "% of one core", 15), Goal("poll", 1_000, "≤ 64 MiB", 64, _mib),
    _most("poll", 1_000, "busiest second to an even one", 1.5),
    _ratio_goal("poll", 1_000, "git ls-remote", 0.3, "git ls-remote"),
    _ms_goal("flood", 100, 2_000), _most("flood", 100, "most runs of an app", 2),
    _most("flood", 100, "most fetches", 3), _most("flood", 100, "GET /apps: p99 ms", 50),
    Goal("idle", 10_000, "≤ 64 MiB", 64, _mib), _most("idle", 10_000, "MiB more", 0.5),
    _most("idle", 10_000, "% of one core", 0.5),
    Goal("idle", 10_000, "≤ 0.4x Flux's published 175 MiB", 0.4, lambda result: _mib(result) / 175),
    _ms_goal("restart", 10_000, 500), _ratio_goal("restart", 10_000, "reconcile", 2, "a full pass"),
    _least("list", 10_000, "lists per second", 50), _most("list", 10_000, "p99 ms of ten pages", 300),
    _least("list-page", 10_000, "answers per second", 5_000),
    _ratio_goal("list-page", 10_000, "nginx", 10, "nginx (0.1x its rate)"),
]


def of(result):
    return [goal for goal in GOALS if (goal.case, goal.apps) == (result["case"], result["apps"])]
