"""A machine to install the package on: this one's file system below an overlay, so that every change stays in a
temporary folder, with a network of its own. Entered as it is, as in a container image that is being built, or booted
with systemd."""
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))

import command  # noqa: E402

PATIENCE = 120  # Seconds until something that has to happen counts as lost; never waited out otherwise.
SKIPPED = 77  # The exit code by which ctest counts a test as skipped.
NAMESPACES = ["unshare", "--mount", "--propagation", "private"]
ENVIRONMENT = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]

OVERLAY = 'mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"'
# SIOCSIFFLAGS, up and running: there need not be an `ip`.
LOOPBACK = ("import fcntl, socket, struct; "
            "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh22x', b'lo', 0x41))")
ENTER = OVERLAY + r"""
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs tmpfs "$1/root/run"
python3 -c "$2"
exec chroot "$1/root" "${@:3}"
"""
BOOT = OVERLAY + r"""
for hierarchy in "${@:3}"; do
  mkdir "$hierarchy"
  echo $$ > "$hierarchy/cgroup.procs"
done
exec systemd-nspawn --quiet -D "$1/root" --machine="$2" --boot --register=no --keep-unit --notify-ready=yes \
  --resolv-conf=off --timezone=off --private-network --capability=all --console=pipe systemd.unit=package-test.target
"""
# Traces of the program on this machine, which the other one must not have.
HIDDEN = ("etc/tfgrid-compose", "var/lib/tfgrid-compose", "var/cache/tfgrid-compose")
# What the tests need of a system that runs, and none of the services of this machine.
TARGET = "[Unit]\nRequires=basic.target dbus.service\nAfter=basic.target dbus.service\nAllowIsolate=yes\n"


def need(*tools):
    """Ends the test as skipped where this machine cannot hold another one."""
    reason = ""
    if os.geteuid() != 0:
        reason = "it has to be root"
    elif [tool for tool in tools if not shutil.which(tool)]:
        reason = "one of these is missing: " + " ".join(tools)
    else:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            for name in ("upper", "work", "root"):
                os.mkdir(os.path.join(folder, name))
            tried = subprocess.run(NAMESPACES + ["--net", "bash", "-ec", OVERLAY, "try", folder],
                                   capture_output=True, text=True, check=False)
            if tried.returncode != 0:
                reason = "no overlay of its file system: " + tried.stderr.strip()
    if reason:
        print("skipped: this machine cannot hold another one for the test: " + reason)
        sys.exit(SKIPPED)


def control_groups(name):
    """A group of that name in each hierarchy that systemd wants to have."""
    top = "/sys/fs/cgroup"
    if os.path.exists(top + "/cgroup.controllers"):
        return ["%s/%s" % (top, name)]
    return ["%s/%s/%s" % (top, each, name) for each in ("systemd", "unified") if os.path.isdir("%s/%s" % (top, each))]


class Machine:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="tfgrid-compose-machine-", dir="/var/tmp")
        for name in ("upper", "work", "root"):
            os.mkdir(os.path.join(self.folder, name))
        for name in HIDDEN:
            os.makedirs(os.path.join(self.folder, "upper", os.path.dirname(name)), exist_ok=True)
            os.mknod(os.path.join(self.folder, "upper", name), stat.S_IFCHR)  # How an overlay notes what was removed.
        # A host's name: letters, digits and hyphens. The folder's may have underscores.
        self.name = os.path.basename(self.folder).replace("_", "-") + "x"
        self.process = self.leader = None

    def remove(self):
        if self.process is not None:
            self._end()
        shutil.rmtree(self.folder)

    def put(self, path, content):
        """Before it is entered: a file with that text, or a copy of a file or folder."""
        target = os.path.join(self.folder, "upper", path.lstrip("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if content.startswith("/"):
            (shutil.copytree if os.path.isdir(content) else shutil.copy)(content, target)
            return
        with open(target, "w", encoding="utf-8") as f:
            f.write(content)

    def run(self, script, expect=0):
        """What a script of bash prints. It ends at the first command that fails; nothing that it starts outlives it."""
        if self.leader:
            argv = ["nsenter", "-t", self.leader, "-m", "-p", "-u", "-i", "-n", "-C", "-r", "-w"]
        else:
            argv = NAMESPACES + ["--net", "--pid", "--fork", "--kill-child", "bash", "-ec", ENTER, "enter", self.folder,
                                 LOOPBACK]
        out, errors = command.run(argv + ENVIRONMENT + ["bash", "-euo", "pipefail", "-c", "cd /\n" + script],
                                  expect=expect, timeout=PATIENCE * 2)
        self.errors = errors
        return out.rstrip("\n")

    def boot(self):
        """Until systemd says that it is up."""
        self.put("/etc/systemd/system/package-test.target", TARGET)
        self.put("/etc/machine-id", "")
        notices = os.path.join(self.folder, "notices")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener, \
                open(os.path.join(self.folder, "console"), "wb") as console:
            listener.bind(notices)
            listener.settimeout(1)
            self.process = subprocess.Popen(
                NAMESPACES + ["bash", "-ec", BOOT, "boot", self.folder, self.name, *control_groups(self.name)],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, env=dict(os.environ, NOTIFY_SOCKET=notices))
            heard, left = "", PATIENCE
            while "READY=1" not in heard.split("\n"):
                try:
                    heard += listener.recv(4096).decode() + "\n"
                except TimeoutError:
                    left -= 1
                    if left == 0 or self.process.poll() is not None:
                        raise AssertionError("systemd does not come up\n%s%s" % (heard, self.console())) from None
        self.leader = re.search(r"X_NSPAWN_LEADER_PID=(\d+)", heard).group(1)

    def console(self):
        with open(os.path.join(self.folder, "console"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def _end(self):
        if self.leader:
            subprocess.run(["nsenter", "-t", self.leader, "-a", "systemctl", "poweroff", "--force", "--force"],
                           capture_output=True, check=False)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for group in control_groups(self.name):
            for where, _, _ in os.walk(group, topdown=False):
                os.rmdir(where)
