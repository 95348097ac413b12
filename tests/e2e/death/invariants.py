"""What must hold after a fault, whatever it was. Each check gives a list of sentences about what is wrong;
an empty list is what everybody wants. docs/reliability.md says the same in words for people."""
import collections
import fcntl
import json
import os
import re
import sqlite3
import time

from world import HOOKS, ROOT

with open(os.path.join(ROOT, "engine/store/schema.cc"), encoding="utf-8") as schema:
    SCHEMA_VERSION = int(re.search(r"Schema\{\s*\.version = (\d+)", schema.read()).group(1))
# So long a process that nobody waits for may take to end.
SETTLE_SECONDS = 5
# Names of files that exist only while something is written, and must be gone when nobody writes.
TEMPORARY = (".new-", ".source.new", ".source.old", ".deployment.new", ".deployment.old", "state.db.new",
             "state.db-journal", ".restoring", "tmp_object_git2_", "/run/hook")

Before = collections.namedtuple("Before", "succeeded rows witness_size")


# Older runs were checked after earlier faults.
NEWEST_RUNS = 24


def _actions(database):
    """[(run row, [(step address, status)])] of the newest runs."""
    found = []
    for run in database.execute("SELECT * FROM run WHERE has_actions = 1 ORDER BY id DESC LIMIT ?", (NEWEST_RUNS,)):
        if "\0" in run["plan"]:
            continue  # Overwritten by a test; SQLite has no checksum of texts.
        steps = [action["step"]["address"] for action in json.loads(run["plan"])["actions"]]
        marks = {row["position"]: row["status"] for row in
                 database.execute("SELECT position, status FROM run_action WHERE run = ?", (run["id"],))}
        found.append((run, [(step, marks.get(i, "pending")) for i, step in enumerate(steps)]))
    return found


def _hook(step):
    name = step.rpartition(".")[2]
    return name if name in HOOKS else ""


def revision_of(run):
    return json.loads(run["plan"]).get("revision")


def database_is_sound(world):
    """I6: it opens, is whole, and has the right schema."""
    if not world.has_database():
        return []
    problems = []
    with world.database() as database:
        try:
            lines = [line for (line,) in database.execute("PRAGMA integrity_check")]
        except sqlite3.DatabaseError as error:
            return ["I6: %s" % error]
        problems += ["I6: integrity_check says %s" % line for line in lines if line != "ok"]
        if database.execute("PRAGMA foreign_key_check").fetchall():
            problems.append("I6: foreign_key_check finds rows without parents")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version != SCHEMA_VERSION:
            problems.append("I6: the schema has version %s" % version)
    return problems


def successes_are_true(world):
    """I3: what the journal calls succeeded did end by itself, says the witness. The last line about a
    hook at a revision counts: each hook writes its second line just before it ends well."""
    if not world.has_database():
        return []
    last = world.watch().last
    problems = []
    with world.database() as database:
        found = _actions(database)
    # A later run of the same hook may be under way; then its start is the last line.
    running = {(run["name"], _hook(step)) for run, actions in found for step, status in actions if status == "running"}
    for run, actions in found:
        for step, status in actions:
            hook = _hook(step)
            if status != "succeeded" or not hook or (run["name"], hook) in running:
                continue
            if last.get((run["name"], hook, revision_of(run))) != "stop":
                problems.append("I3: run %d records %s of %s as succeeded; it did not end" %
                                (run["id"], step, run["name"]))
    return problems


def remember(world):
    """What recovery must neither repeat nor touch; to be taken between the fault and the next command."""
    succeeded = collections.Counter()
    rows = {}
    if world.has_database():
        with world.database() as database:
            for run, actions in _actions(database):
                if run["status"] == "running":
                    succeeded.update((run["name"], _hook(step)) for step, status in actions
                                     if status == "succeeded" and _hook(step))
            rows = app_rows(database)
    return Before(set(succeeded), rows, os.path.getsize(world.at("witness")))


def app_rows(database):
    """Everything that is known about each app, as one value to compare."""
    rows = {}
    for app in database.execute("SELECT * FROM app"):
        name = app["name"]
        rows[name] = (
            tuple(app),
            tuple(map(tuple, database.execute("SELECT * FROM recorded_step WHERE name = ? ORDER BY address", (name,)))),
            tuple(map(tuple, database.execute("SELECT id, status, finished_at_ms FROM run WHERE name = ? ORDER BY id",
                                              (name,)))))
    return rows


def nothing_repeated(world, before):
    """A hook whose success was recorded in the interrupted run did not start again. A run that was
    rolled back or a new plan may start it for another revision; the caller says when that is meant."""
    with open(world.at("witness"), encoding="utf-8") as f:
        f.seek(before.witness_size)
        started = [line.split() for line in f if line.startswith("start ")]
    return ["a recorded success was repeated: %s of %s" % (line[2], line[1])
            for line in started if (line[1], line[2]) in before.succeeded]


def one_executor(world):
    """I2: no hook of an app started while something of an earlier one still held the app's lock."""
    return ["I2: two executors at once: %s of %s" % (line.hook, line.app)
            for line in world.watch().overlaps]


def untouched(world, rows, apps):
    """I8: these apps are exactly what they were."""
    with world.database() as database:
        now = app_rows(database)
    return ["I8: %s was touched" % app for app in apps if now.get(app) != rows.get(app)]


def nothing_left(world):
    """I7: no process, no lock, no temporary file. To be called when no command runs."""
    end = time.monotonic() + SETTLE_SECONDS
    while world.processes() and time.monotonic() < end:
        time.sleep(0.002)  # Guards of hooks end by themselves, a moment after the engine.
    problems = ["I7: process %d is left: %s" % process for process in world.processes()]
    for directory, _, names in os.walk(world.state):
        for name in names:
            path = os.path.join(directory, name)
            if any(mark in path[len(world.state):] for mark in TEMPORARY) or (
                    name.endswith(".lock") and "/refs/" in path):
                problems.append("I7: %s is left" % path[len(world.path) + 1:])
    lock = os.path.join(world.state, "lock")
    if os.path.exists(lock):
        with open(lock, "rb+") as f:
            try:
                fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                problems.append("I7: the state is still locked")
            if f.read():
                problems.append("I7: the lock names a holder that is gone")
    return problems


def no_secret(world, *texts):
    """I10: no secret is in any output or in any file beneath the state directory."""
    problems = ["I10: a secret was printed" for text in texts for secret in world.secrets() if secret in text]
    needles = [secret.encode() for secret in world.secrets()]
    for directory, _, names in os.walk(world.state):
        if "/objects/" in directory:
            continue  # Git objects of the mirror: what everybody pushed, compressed.
        for name in names:
            if not os.path.isfile(os.path.join(directory, name)):
                continue
            with open(os.path.join(directory, name), "rb") as f:
                content = f.read()
                if any(needle in content for needle in needles):
                    problems.append("I10: a secret is in %s" % os.path.join(directory, name)[len(world.path) + 1:])
    return problems


def converged(world, head="", gone=()):
    """I4, I5 and I9: every app is at the head of its source, by the books and in truth, and at rest."""
    with world.database() as database:
        problems = unsettled(world, database, head)
        recovered = database.execute("SELECT count(*) FROM run WHERE recoveries > 0").fetchone()[0]
        told = database.execute("SELECT count(DISTINCT run) FROM event WHERE type = 'run.recovered'").fetchone()[0]
        if told < recovered:
            problems.append("I9: %d runs were recovered, events tell of %d" % (recovered, told))
    for name in gone:
        if os.path.exists(os.path.join(world.state, "apps/test", name)):
            problems.append("%s is down, its directory is there" % name)
    return problems


def unsettled(world, database, head=""):
    """What is missing until all is as the head of the source says."""
    problems = []
    head = head or world.head()
    apps = {row["name"]: row for row in database.execute("SELECT * FROM app")}
    runs = {row["id"]: row["status"] for row in database.execute("SELECT id, status FROM run")}
    for name in world.settings:
        app = apps.get(name)
        if app is None:
            problems.append("I5: %s is not known" % name)
            continue
        if (app["sync"], app["health"]) != ("Synced", "Healthy"):
            problems.append("I5: %s is %s and %s: %s" % (name, app["sync"], app["health"], app["reason"]))
        if app["sync"] == "Synced" and runs.get(app["last_run"]) != "succeeded":
            problems.append("I4: %s is Synced, its last run %s" % (name, runs.get(app["last_run"])))
    unfinished = [number for number, status in runs.items() if status == "running"]
    if unfinished:
        problems.append("runs %s are unfinished" % unfinished)
    tainted = database.execute("SELECT name, address FROM recorded_step WHERE tainted OR outcome_unknown").fetchall()
    problems += ["%s of %s is tainted" % (row["address"], row["name"]) for row in tainted]
    read = database.execute("SELECT revision_commit FROM source WHERE name = 'apps'").fetchone()
    if read is None or read[0].hex() != head:
        problems.append("I5: the source was read at %s, its head is %s" % (read and read[0].hex()[:7], head[:7]))
    for name, setting in world.settings.items():
        root = os.path.join(world.state, "apps/test", name)
        problems += _file_says(os.path.join(root, "data/setting"), setting)
        problems += _file_says(os.path.join(root, "source/setting"), setting)
    return problems


def _file_says(path, text):
    try:
        with open(path, encoding="utf-8") as f:
            said = f.read()
    except OSError as error:
        return ["I5: %s" % error]
    return [] if said == text else ["I5: %s says %r, not %r" % (path, said, text)]


def after_fault(world, outcome=None):
    """What holds at the instant after the fault, before anybody repaired anything."""
    problems = database_is_sound(world) + one_executor(world)
    if not problems:
        problems += successes_are_true(world)
    if outcome is not None:
        problems += no_secret(world, outcome.out, outcome.err)
    return problems


def after_recovery(world, before, outcome, head="", gone=(), may_repeat=False):
    """What holds after the next command."""
    problems = []
    if outcome.code != 0:
        problems.append("the next command failed with %d: %s" % (outcome.code, (outcome.err or outcome.out)[-400:]))
    problems += database_is_sound(world) + one_executor(world)
    if outcome.code == 0:
        problems += converged(world, head, gone) + successes_are_true(world)
    if not may_repeat:
        problems += nothing_repeated(world, before)
    return problems + nothing_left(world) + no_secret(world, outcome.out, outcome.err)
