"""Counts what a suite tried and what came of it, and writes that down for docs/reliability.md."""
import collections
import json
import os
import time

SHOWN = int(os.environ.get("TFGRID_COMPOSE_DEATH_SHOWN", "12"))


class Row:
    """One fault: how often it was tried, the outcomes by name, and what went against the rules."""

    def __init__(self, fault, rule):
        self.fault = fault
        self.rule = rule
        self.runs = 0
        self.outcomes = collections.Counter()
        self.violations = []
        self.slowest = 0.0

    def add(self, outcome, problems, where="", ready=0.0):
        self.runs += 1
        self.outcomes[outcome] += 1
        self.slowest = max(self.slowest, ready)
        if problems:
            self.violations.append("%s: %s" % (where or outcome, "; ".join(problems[:4])))

    def check(self, test):
        """Fails `test` with the first violations; a row without a run proves nothing."""
        test.assertGreater(self.runs, 0, "%s: nothing was tried" % self.fault)
        shown = "\n".join(self.violations[:SHOWN])
        test.assertEqual(self.violations, [], "%s: %d of %d runs break a rule\n%s" % (
            self.fault, len(self.violations), self.runs, shown))


class Ledger:
    """The rows of one suite. save() adds them to <dir>/<suite>.json when the directory is set."""

    def __init__(self, suite):
        self.suite = suite
        self.rows = []
        self.began = time.time()

    def row(self, fault, rule):
        self.rows.append(Row(fault, rule))
        return self.rows[-1]

    def save(self):
        for row in self.rows:
            print("%s: %s%s" % (row.fault, ", ".join("%s %d" % pair for pair in sorted(row.outcomes.items())),
                                ", slowest next command %.2f s" % row.slowest if row.slowest else ""))
        directory = os.environ.get("TFGRID_COMPOSE_RELIABILITY_DIR", "")
        if not directory:
            return
        os.makedirs(directory, exist_ok=True)
        path = os.path.join(directory, "%s.json" % self.suite)
        document = {
            "suite": self.suite, "seconds": round(time.time() - self.began, 1),
            "rows": [{"fault": row.fault, "rule": row.rule, "runs": row.runs, "outcomes": dict(row.outcomes),
                      "violations": len(row.violations), "slowestReadySeconds": round(row.slowest, 3)}
                     for row in self.rows]}
        with open(path, "w", encoding="utf-8") as f:
            json.dump(document, f, indent=1)
            f.write("\n")
