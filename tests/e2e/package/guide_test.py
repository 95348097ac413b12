"""docs/install.md, pasted: from the package to a push that reaches an app by the webhooks of two kinds of forges."""
import os
import re
import sys
import unittest

import machine
import package

# What the page wants to be there; the machine below the overlay need not have it.
SUDO = """#!/bin/sh
if [ "$1" = -u ]; then user=$2; shift 2; exec runuser -u "$user" -- "$@"; fi
exec "$@"
"""


def blocks():
    """The section's blocks of shell, but for the one that builds the package."""
    with open(os.path.join(machine.ROOT, "docs/install.md"), encoding="utf-8") as f:
        section = re.search(r"^## From the package.*?(?=^## )", f.read(), re.MULTILINE | re.DOTALL).group()
    found = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [block for block in found if not block.startswith("scripts/")]


class GuideTest(unittest.TestCase):
    def test_it_can_be_pasted(self):
        there = machine.Machine()
        self.addCleanup(there.remove)
        there.put("/root/build/package/" + os.path.basename(package.path()), package.path())
        there.boot()
        there.run("rm -f /usr/sbin/policy-rc.d; chmod 700 /root\ncat > /usr/local/bin/sudo <<'END'\n%sEND\n"
                  "chmod 755 /usr/local/bin/sudo" % SUDO)
        said = [there.run("export PATH=/usr/local/bin:$PATH; cd\n" + block) for block in blocks()]
        self.assertEqual(len(said), 7)
        self.assertIn("tfgrid-compose " + package.version(), said[0])
        self.assertIn(" 0 failed.", said[2])
        for app in ("site", "intranet"):
            self.assertRegex(said[3], r"production/%s +Synced +Healthy" % app)
        self.assertIn("http://127.0.0.1:8420/hooks/github/site", said[4])
        self.assertEqual(said[4].count("the webhook works"), 2)
        self.assertEqual(said[6].count("<h1>Hello from a push</h1>"), 2)
        for forge in ("github", "gitlab"):
            self.assertIn(forge + " push: branch main", said[6])


if __name__ == "__main__":
    machine.need("dpkg", "apt-get", "git", "openssl", "curl", "systemd-nspawn", "nsenter")
    unittest.main(argv=sys.argv[:1], verbosity=2)
