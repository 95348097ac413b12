"""How much of the machine others use while something is measured: what makes times too long."""
import os
import resource
import time


def _busy_seconds():
    """Processor time that all programs of the machine have had: user, nice, system, of /proc/stat (proc(5))."""
    with open("/proc/stat", encoding="ascii") as f:
        ticks = [int(word) for word in f.readline().split()[1:4]]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _own_seconds():
    return sum(usage.ru_utime + usage.ru_stime
               for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Neighbours:
    """Made before a measurement whose children have ended when share() is asked."""

    def __init__(self):
        self._begin = time.monotonic(), _busy_seconds(), _own_seconds()

    def share(self):
        """0 to 1 of all processors. Work of the kernel that no program is charged for is not in it."""
        begin, busy, own = self._begin
        passed = (time.monotonic() - begin) * os.cpu_count()
        others = _busy_seconds() - busy - (_own_seconds() - own)
        return min(max(others / max(passed, 0.001), 0.0), 1.0)
