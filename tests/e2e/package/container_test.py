"""scripts/packaging/Containerfile without a container engine: its files are there, and what its last stage says is done
in a machine of the test, where the daemon then runs as the image would run it."""
import json
import os
import re
import sys
import unittest

import machine
import package

FILE = "scripts/packaging/Containerfile"


def steps():
    """[(instruction, rest)] of each stage, with what the file's arguments say."""
    with open(os.path.join(machine.ROOT, FILE), encoding="utf-8") as f:
        text = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", f.read()))
    arguments, stages = {}, []
    for line in filter(None, text.split("\n")):
        instruction, rest = line.split(" ", 1)
        rest = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match.group(1)], rest)
        if instruction == "ARG":
            arguments.update([rest.split("=")])
        elif instruction == "FROM":
            stages.append([(instruction, rest)])
        else:
            stages[-1].append((instruction, rest))
    return stages


class ContainerTest(unittest.TestCase):
    def test_it_copies_what_is_there(self):
        with open(os.path.join(machine.ROOT, ".dockerignore"), encoding="utf-8") as f:
            ignored = f.read().split()
        build, final = steps()
        self.assertEqual([build[0], final[0]], [("FROM", "docker.io/library/debian:bookworm-slim AS build"),
                                                ("FROM", "docker.io/library/debian:bookworm-slim")])
        for instruction, rest in build:
            if instruction == "COPY":
                source = rest.split()[0]
                self.assertTrue(os.path.exists(os.path.join(machine.ROOT, source)), source)
                self.assertFalse([path for path in ignored if ("/" + source).startswith(path + "/")], source)
            if instruction == "RUN":
                self.assertTrue(os.access(os.path.join(machine.ROOT, rest.split()[0]), os.X_OK), rest)
        self.assertIn(("RUN", "scripts/package --output /package"), build)
        self.assertIn(("COPY", "--from=build /package /package"), final)

    def test_what_it_makes_serves(self):
        there = machine.Machine()
        self.addCleanup(there.remove)
        there.put("/package/" + os.path.basename(package.path()), package.path())
        final = dict(steps()[1])
        # There is no network in it, and all that the package depends on is there.
        self.assertEqual(final["RUN"].count("apt-get update && "), 1)
        there.run(final["RUN"].replace("apt-get update && ", ""))
        # A configuration that says no more than it has to.
        there.run("test ! -e /package; echo 'server: {listen: 0.0.0.0:8420}' >" + package.CONFIG)
        argv = json.loads(final["ENTRYPOINT"]) + json.loads(final["CMD"])
        there.run("""cd /
            export %s
            runuser -u %s -- %s 2>/root/log & daemon=$!
            curl -sS --fail --retry 120 --retry-connrefused --retry-delay 1 http://127.0.0.1:%s/readyz
            test "$(stat -c %%U %s/state.db)" = %s
            runuser -u %s -- tfgrid-compose status | grep "No apps yet"
            kill -%s $(pgrep -o -x tfgrid-compose)
            wait $daemon""" % (final["ENV"], final["USER"], " ".join(argv), final["EXPOSE"], final["VOLUME"], final["USER"],
                               final["USER"], final["STOPSIGNAL"]))


if __name__ == "__main__":
    machine.need("dpkg", "apt-get", "curl", "runuser")
    unittest.main(argv=sys.argv[:1], verbosity=2)
