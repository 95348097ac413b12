"""Passes over a repository whose apps are all applied: nothing new, a little new, all of it compared, all of it read
for the first time. All as whole processes, from start to end."""
import children
import edges
import engine
import outcome
import rounds
from world import World


def reconcile(world, branch, *words):
    return engine.command(world.configuration(branch), world.settled(), "reconcile", *words)


def dry_run(world, branch):
    return reconcile(world, branch, "--dry-run")


def finish(case, world, names, samples, argv):
    stats = engine.report(*_where(argv), *_words(argv))["stats"]
    return outcome.make(case, world.apps, names, samples, peak_mib=children.peak_anonymous_mib(argv), counters=stats)


def _where(argv):
    return argv[argv.index("--config") + 1], argv[argv.index("--state-dir") + 1]


def _words(argv):
    return argv[argv.index("--state-dir") + 2:]


def _diff_tree(world, branch):
    return children.Timed(["git", "-C", world.repository, "diff-tree", "-r", "--name-only", "main", branch])


def noop(apps, runs):
    world = World(apps)
    argv = reconcile(world, "main")
    samples = rounds.measure([children.Timed(argv), edges.ninja_noop(apps)], runs)
    return finish("noop", world, ["reconcile, nothing new", "ninja, nothing to do"], samples, argv)


def delta1(apps, runs):
    world = World(apps)
    argv = dry_run(world, "manifest1")
    samples = rounds.measure([children.Timed(argv), edges.ninja_noop(apps), _diff_tree(world, "manifest1")], runs)
    names = ["reconcile --dry-run, 1 manifest", "ninja, nothing to do", "git diff-tree -r"]
    return finish("delta1", world, names, samples, argv)


def delta100(apps, runs):
    world = World(apps)
    argv = dry_run(world, "manifest100")
    subjects = [children.Timed(argv), _cold(world), _diff_tree(world, "manifest100")]
    samples = rounds.measure(subjects, runs)
    names = ["reconcile --dry-run, 100 manifests", "the same on an empty store", "git diff-tree -r"]
    return finish("delta100", world, names, samples, argv)


def cold_argv(world):
    return engine.command(world.configuration(), world.at("scratch", "cold"), "reconcile", "--dry-run")


def _cold(world):
    return children.Timed(cold_argv(world), before=lambda: world.scratch("cold"))


def _manifests_with_git(world):
    """All manifests through two git processes, as a script would read them."""
    script = ("git -C '%s' ls-tree -r main | awk '/tfgrid-compose.yaml$/ {print $3}' | git -C '%s' cat-file --batch"
              % (world.repository, world.repository))
    return children.Timed(["sh", "-c", script])


def cold(apps, runs):
    world = World(apps)
    samples = rounds.measure([_cold(world), _manifests_with_git(world)], runs)
    argv = cold_argv(world)
    world.scratch("cold")
    names = ["reconcile --dry-run, empty store", "git ls-tree -r | git cat-file --batch"]
    return finish("cold", world, names, samples, argv)


def resync(apps, runs):
    """Every app is compared with what is recorded, as after a force-push that took the old commit away."""
    world = World(apps)
    argv = reconcile(world, "main", "--dry-run", "--full")
    samples = rounds.measure([children.Timed(argv), edges.ninja_noop(apps)], runs)
    return finish("resync", world, ["reconcile --dry-run --full", "ninja, nothing to do"], samples, argv)
