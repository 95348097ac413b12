"""Measures an engine and its yardsticks in turns, so that a busy moment of the machine meets all of them."""

QUICK_RUNS = 15
SLOW_RUNS = 5
SLOW_MS = 1000.0


def measure(subjects, runs=None):
    """`subjects`: callables that return a children.Sample. Each is run once for nothing, then all of them in rounds whose
    order is turned round every time. Returns a list of samples for each. Without `runs`: 15, or 5 when a round takes
    more than a second."""
    first = [subject() for subject in subjects]
    if runs is None:
        runs = SLOW_RUNS if max(sample.wall_ms for sample in first) > SLOW_MS else QUICK_RUNS
    samples = [[] for _ in subjects]
    order = list(range(len(subjects)))
    for _ in range(runs):
        for index in order:
            samples[index].append(subjects[index]())
        order.reverse()
    return samples
