"""What else people use to find out that there is nothing to do: make, and a loop of `terraform plan`."""
import os
import shutil

import cache
import children
import edges
import outcome
import rounds
from cases import passes
from world import World

LOOP_MODULES = 10
PUBLISHED_MS = 36.0

_MODULE = """resource "terraform_data" "host" {
  input = "host-%(n)d"
}
resource "terraform_data" "app" {
  input            = "app-%(n)d"
  triggers_replace = [terraform_data.host.id]
}
"""


def _make_modules(path):
    for n in range(LOOP_MODULES):
        module = os.path.join(path, "module-%02d" % n)
        os.makedirs(module)
        with open(os.path.join(module, "main.tf"), "w", encoding="ascii") as f:
            f.write(_MODULE % {"n": n})
        children.run(["terraform", "-chdir=" + module, "init", "-input=false"])
        children.run(["terraform", "-chdir=" + module, "apply", "-auto-approve", "-input=false"])


def terraform_loop(apps):
    """A `terraform plan` for each app, one after the other; some are run, the rest is estimated. None without
    terraform."""
    if shutil.which("terraform") is None:
        return None
    path = cache.made_once("terraform", _make_modules)
    script = "for d in '%s'/module-*; do terraform -chdir=$d plan -detailed-exitcode -input=false || exit; done" % path
    timed = children.Timed(["sh", "-c", script])

    def run():
        sample = timed()
        return children.Sample(sample.wall_ms * apps / LOOP_MODULES, sample.cpu_ms * apps / LOOP_MODULES)
    return run


def peers(apps, runs):
    world = World(apps)
    argv = passes.reconcile(world, "main")
    subjects, names = [children.Timed(argv), edges.make_noop(apps)], ["reconcile, nothing new", "make, nothing to do"]
    loop = terraform_loop(apps)
    if loop:
        subjects.append(loop)
        names.append("terraform plan of each (from %d)" % LOOP_MODULES)
    samples = rounds.measure(subjects, runs or rounds.SLOW_RUNS)
    result = passes.finish("peers", world, names, samples, argv)
    return result if loop else outcome.add_published(result, "terraform plan of each", PUBLISHED_MS * apps,
                                                     "36 ms per app")
