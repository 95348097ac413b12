"""What must hold of a daemon after a fault, besides the rules of invariants.py: each check gives a list of
sentences about what is wrong."""
import json

import invariants


def owed(database):
    """Sources that were asked for and not looked at since."""
    return ["I1: %s was asked for %d times, looked at for %d" % tuple(row) for row in database.execute(
        "SELECT source, asked, looked FROM source_request WHERE asked > looked")]


def answers_are_kept(world, answered):
    """I1, first half: a delivery that was answered 202 is in the database, whatever came then."""
    if not answered:
        return []
    with world.database() as database:
        kept = {row["delivery_id"] for row in database.execute("SELECT delivery_id FROM delivery WHERE asked > 0")}
    return ["I1: delivery %s was answered and is lost" % name for name in answered if name not in kept]


def answers_were_looked_at(world):
    """I1, second half: each accepted delivery was followed by a look that began after it was recorded."""
    with world.database() as database:
        problems = owed(database)
        looks = {row["source"]: row["number"] for row in database.execute(
            "SELECT source, max(number) AS number FROM source_look GROUP BY source")}
        for row in database.execute("SELECT source, delivery_id, asked FROM delivery WHERE asked > 0"):
            if looks.get(row["source"], 0) < row["asked"]:
                problems.append("I1: no look answered delivery %s" % row["delivery_id"])
    return problems


def few_runs(world, most=2):
    """However often it was asked for: at most so many runs of an app for one commit."""
    with world.database() as database:
        counts = {}
        for run in database.execute("SELECT name, plan FROM run WHERE has_actions = 1"):
            if json.loads(run["plan"])["kind"] == "apply":
                key = (run["name"], invariants.revision_of(run))
                counts[key] = counts.get(key, 0) + 1
    return ["%d runs of %s for %s" % (count, name, revision)
            for (name, revision), count in counts.items() if count > most]


def audit_is_whole(world):
    """The chain of who asked for what verifies."""
    verified = world.run("audit", "verify")
    return [] if verified.code == 0 else ["audit verify: %s" % (verified.err or verified.out)[-300:]]


def after_fault(world, answered=()):
    """What holds at the instant after the fault, before anybody repaired anything."""
    problems = invariants.after_fault(world)
    return problems or answers_are_kept(world, answered)


def after_recovery(world, before, served, code, may_repeat=False):
    """What holds after the next daemon has put everything right and has ended with `code`."""
    outcome = served.outcome(code)
    problems = invariants.after_recovery(world, before, outcome, may_repeat=may_repeat)
    if code == 0:
        problems += answers_were_looked_at(world) + few_runs(world) + audit_is_whole(world)
    return problems
