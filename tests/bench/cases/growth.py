"""How cost and memory grow with the repository: one change at ten times the size; memory of a first pass."""
import children
import engine
import figures
import outcome
import rounds
from cases import passes
from world import World


def scale(apps, runs):
    large, small = World(apps), World(apps // 10)
    argv = passes.dry_run(large, "manifest1")
    samples = rounds.measure([children.Timed(argv), children.Timed(passes.dry_run(small, "manifest1"))], runs)
    names = ["reconcile --dry-run, 1 manifest", "the same with %s apps" % "{:,}".format(small.apps)]
    return passes.finish("scale", large, names, samples, argv)


def memory(apps, runs):
    """Of first passes, which hold the most: the highest RssAnon at both sizes and what one more app adds."""
    peaks, times = {}, {}
    for world in (World(apps // 10), World(apps)):
        argv = passes.cold_argv(world)
        times[world.apps] = [children.Timed(argv, before=lambda: world.scratch("cold"))()]
        peaks[world.apps] = [children.peak_anonymous_mib(argv, before=lambda: world.scratch("cold"))
                             for _ in range(runs or 3)]
    small, large = (max(peaks[size]) for size in (apps // 10, apps))
    result = outcome.make("memory", apps, ["reconcile --dry-run, empty store"], [times[apps]], peak_mib=large)
    result["n"] = runs or 3
    result["mib"] = figures.summary(peaks[apps])
    result["values"] = {"MiB with %s apps" % "{:,}".format(apps // 10): small,
                        "KiB for each app more": round((large - small) * 1024 / (apps - apps // 10), 3)}
    return result
