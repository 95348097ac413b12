"""What it costs to start: a command that needs nothing, and one that lists what a store holds."""
import children
import engine
import outcome
import rounds
from world import World


def _git_version():
    return children.Timed(["git", "--version"])


def version(apps, runs):
    world = World(apps)
    argv = engine.command(world.configuration(), world.at("scratch", "none"), "version")
    samples = rounds.measure([children.Timed(argv), _git_version()], runs)
    result = outcome.make("version", apps, ["version", "git --version"], samples,
                          peak_mib=children.peak_anonymous_mib(argv))
    return outcome.add_published(result, "bash tool: version", 206.0, "206 ms")


def status(apps, runs):
    world = World(apps)
    argv = engine.command(world.configuration(), world.settled(), "status")
    samples = rounds.measure([children.Timed(argv), _git_version()], runs)
    result = outcome.make("status", apps, ["status of all apps", "git --version"], samples,
                          peak_mib=children.peak_anonymous_mib(argv))
    return outcome.add_published(result, "bash tool: ps, empty state", 234.0, "234 ms")
