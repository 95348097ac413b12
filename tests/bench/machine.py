"""What the figures were measured on and with."""
import os
import platform
import time

import cache
import children


def _first_line(argv):
    try:
        return children.run(argv).splitlines()[0].strip()
    except (OSError, children.ChildFailed, IndexError):
        return "not there"


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _memory_gib():
    with open("/proc/meminfo", encoding="ascii") as f:
        return int(f.readline().split()[1]) / (1 << 20)


def _file_system(path):
    return _first_line(["stat", "-f", "-c", "%T", path])


def _commit():
    """The pages that runs write do not make a checkout a changed one."""
    git = ["git", "-C", cache.ROOT]
    changed = children.run(git + ["status", "--porcelain", "--untracked-files=no", "--", ".",
                                  ":!docs/performance.md", ":!docs/reliability.md"])
    return _first_line(git + ["rev-parse", "--short=10", "HEAD"]) + ("-dirty" if changed else "")


def describe():
    """Lines of a table: (what, value)."""
    with open("/etc/os-release", encoding="utf-8") as f:
        names = dict(line.rstrip().split("=", 1) for line in f if "=" in line)
    return [
        ("processor", "%s, %d cores" % (_processor(), os.cpu_count())),
        ("memory", "%.0f GiB" % _memory_gib()),
        ("system", "%s, kernel %s" % (names.get("PRETTY_NAME", "unknown").strip('"'), platform.release())),
        ("disk", "%s under %s" % (_file_system(cache.directory()), cache.directory())),
        ("compiler", _first_line(["c++", "--version"])),
        ("build", "preset `release` (`-O2`)"),
        ("commit", _commit()),
        ("git, ninja, make", "%s; %s; %s" % (_first_line(["git", "--version"]), _first_line(["ninja", "--version"]),
                                             _first_line(["make", "--version"]))),
        ("date", time.strftime("%Y-%m-%d", time.gmtime())),
    ]
