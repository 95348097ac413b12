"""The yardstick "nothing to do" of build tools: N files that are copies of N others, known to ninja and to make."""
import os

import cache
import children


def _write(path, count):
    for folder in ("from", "to"):
        os.makedirs(os.path.join(path, folder))
    for i in range(count):
        with open("%s/from/%06d" % (path, i), "w", encoding="ascii") as f:
            f.write("%d\n" % i)
    with open(path + "/build.ninja", "w", encoding="ascii") as f:
        f.write("rule copy\n  command = cp $in $out\n")
        f.writelines("build to/%06d: copy from/%06d\n" % (i, i) for i in range(count))
    with open(path + "/Makefile", "w", encoding="ascii") as f:
        f.write("all: $(patsubst from/%,to/%,$(wildcard from/*))\nto/%: from/%\n\tcp $< $@\n")
    children.run(["ninja", "-C", path, "--quiet"])
    children.run(["ninja", "-C", path, "-t", "recompact"])


def directory(count):
    return cache.made_once("edges-%d" % count, lambda path: _write(path, count))


def ninja_noop(count):
    return children.Timed(["ninja", "-C", directory(count), "--quiet"])


def make_noop(count):
    return children.Timed(["make", "-C", directory(count), "--silent"])
