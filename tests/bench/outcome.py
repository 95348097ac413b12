"""What a case says: one JSON object per run, and its line for people."""
import figures


def make(case, apps, subjects, samples, **more):
    """`subjects`: the engine's name first, then those of its yardsticks; `samples`: as rounds.measure returns them.
    `cpu_ms` is the median of the processor's time, `cpu_ratio` that of the pairs."""
    yardsticks = [_compare(name, samples[0], others) for name, others in zip(subjects[1:], samples[1:])]
    result = {"case": case, "apps": apps, "n": len(samples[0]), "engine": subjects[0],
              "engine_ms": figures.summary(figures.wall(samples[0])),
              "engine_cpu_ms": figures.summary(figures.cpu(samples[0]))["median"]}
    result.update(yardsticks[0] if yardsticks else {"yardstick": None, "yardstick_ms": None, "ratio": None})
    result["also"] = yardsticks[1:]
    result["peak_mib"] = more.pop("peak_mib", None)
    result["counters"] = more.pop("counters", {})
    result.update(more)
    return result


def _compare(name, samples, others):
    return {"yardstick": name, "yardstick_ms": figures.summary(figures.wall(others)),
            "ratio": figures.paired_ratio(figures.wall(samples), figures.wall(others)),
            "yardstick_cpu_ms": figures.summary(figures.cpu(others))["median"],
            "cpu_ratio": figures.paired_ratio(figures.cpu(samples), figures.cpu(others))}


def add_published(result, name, milliseconds, source):
    """A yardstick that was measured elsewhere, marked as such; the first one when there is no other."""
    entry = {"yardstick": name, "published": source,
             "yardstick_ms": {"min": milliseconds, "median": milliseconds, "max": milliseconds},
             "ratio": round(result["engine_ms"]["median"] / milliseconds, 7)}
    if result["yardstick"] is None:
        result.update(entry)
    else:
        result["also"].append(entry)
    return result


def milliseconds(value):
    return "%.2f ms" % value if value < 100 else "%.0f ms" % value if value < 10000 else "%.2f s" % (value / 1000)


def as_text(result):
    lines = ["%s, %s apps, n = %d" % (result["case"], "{:,}".format(result["apps"]), result["n"]),
             _line(result["engine"], result["engine_ms"], result["engine_cpu_ms"])]
    for entry in ([result] if result["yardstick"] else []) + result["also"]:
        lines.append(_line(entry["yardstick"], entry["yardstick_ms"], entry.get("yardstick_cpu_ms")))
        lines.append("    ratio %.3g" % entry["ratio"] + (
            ", of processor time %.3g" % entry["cpu_ratio"] if "cpu_ratio" in entry else " (published)"))
    if result["peak_mib"] is not None:
        lines.append("  peak RssAnon %.1f MiB" % result["peak_mib"])
    for name, value in result.get("values", {}).items():
        lines.append("  %s: %s" % (name, value))
    counters = ["%s %s" % (name, value) for name, value in result["counters"].items() if value]
    if counters:
        lines.append("  counted: " + ", ".join(counters))
    return "\n".join(lines)


def _line(name, times, cpu):
    text = "  %-42s %10s  (%s to %s)" % (
        (name,) + tuple(milliseconds(times[key]) for key in ("median", "min", "max")))
    return text + ("  processor %s" % milliseconds(cpu) if cpu is not None else "")
