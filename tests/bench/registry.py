"""Which cases there are, under which names, and which of them `all` runs."""
from cases import passes


class Case:
    def __init__(self, name, goal_id, function, apps):
        self.name = name
        self.goal_id = goal_id
        self.function = function
        self.apps = apps  # The numbers of apps that `all` runs it with; the first is the default.


CASES = [
    Case("noop", "E1", passes.noop, [10_000]),
    Case("delta1", "E2", passes.delta1, [10_000]),
    Case("delta100", "E5", passes.delta100, [10_000]),
    Case("cold", "E7", passes.cold, [10_000, 100_000]),
]


def find(word):
    return [case for case in CASES if word.lower() in (case.name, case.goal_id.lower())]
