"""The package under test, in the folder that the first argument names."""
import glob
import os
import re
import subprocess
import sys
import tempfile

from machine import command

NAME = "tfgrid-compose"
STATE = "/var/lib/tfgrid-compose"
CONFIG = "/etc/tfgrid-compose/reconciler.yaml"
UNIT = "/usr/lib/systemd/system/tfgrid-compose.service"


def path():
    found = glob.glob(os.path.join(sys.argv[1], NAME + "_*.deb"))
    if len(found) != 1:
        raise RuntimeError("%d packages in %s; make one with scripts/package" % (len(found), sys.argv[1]))
    return os.path.abspath(found[0])


def version():
    return command.run(["dpkg-deb", "-f", path(), "Version"])[0].strip()


def with_version(number, folder):
    """The same package under another version."""
    with tempfile.TemporaryDirectory(dir=folder) as tree:
        command.run(["dpkg-deb", "-R", path(), tree])
        control = os.path.join(tree, "DEBIAN/control")
        with open(control, encoding="utf-8") as f:
            text = re.sub(r"(?m)^Version: .*$", "Version: " + number, f.read())
        with open(control, "w", encoding="utf-8") as f:
            f.write(text)
        target = os.path.join(folder, "%s.deb" % number)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", tree, target], check=True,
                       stdout=subprocess.DEVNULL)
        return target
