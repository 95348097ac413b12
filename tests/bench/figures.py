"""What is said about a list of measured times."""
import statistics


def wall(samples):
    return [sample.wall_ms for sample in samples]


def cpu(samples):
    return [sample.cpu_ms for sample in samples]


def summary(times_ms):
    """{min, median, max} in milliseconds, rounded to a microsecond."""
    return {"min": round(min(times_ms), 3), "median": round(statistics.median(times_ms), 3),
            "max": round(max(times_ms), 3)}


def paired_ratio(times_ms, others_ms):
    """The median of the ratios of pairs that were measured one right after the other: what slows the machine down
    for a while slows both of a pair down."""
    return round(statistics.median(a / b for a, b in zip(times_ms, others_ms)), 7)
