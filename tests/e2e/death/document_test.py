"""docs/reliability.md lists exactly the faults that the suites try. It runs after them and compares the rows
of the page with the tables that they have just written; a suite that did not run is not compared."""
import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
RESULTS = os.environ.get("TFGRID_COMPOSE_RELIABILITY_DIR", "")


def load_script():
    loader = importlib.machinery.SourceFileLoader("reliability", os.path.join(ROOT, "scripts/reliability"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("reliability", loader))
    loader.exec_module(module)
    return module


SCRIPT = load_script()


def rows_of_page():
    """{suite: [(name, runs)]} as the page says; None for a suite that it calls "Not run."."""
    with open(os.path.join(ROOT, "docs/reliability.md"), encoding="utf-8") as f:
        parts = re.split(r"<!-- suite: (\S+) -->", f.read())
    rows = {}
    for suite, text in zip(parts[1::2], parts[2::2]):
        text = text.split("\n## ")[0]
        found = re.findall(r"^\| (.+?) \| (\d+) \| .* \| (\d+) \|", text, re.MULTILINE)
        rows[suite] = None if "\nNot run." in text else [(name, int(runs)) for name, runs, _ in found]
    return rows


class DocumentTest(unittest.TestCase):
    def test_every_suite_has_its_place(self):
        self.assertEqual(list(rows_of_page()), [name for name, _, _ in SCRIPT.SUITES])

    def test_rows_are_those_of_the_suites(self):
        page = rows_of_page()
        compared = 0
        for suite, _, _ in SCRIPT.SUITES:
            document = SCRIPT.load(RESULTS, suite) if RESULTS else None
            if document is None:
                continue
            compared += 1
            names = [SCRIPT.row_name(row) for row in document["rows"]]
            with self.subTest(suite):
                self.assertIsNotNone(page[suite], "the page says that %s did not run; scripts/reliability" % suite)
                self.assertEqual(sorted(names), sorted(name for name, _ in page[suite]),
                                 "write the page anew: scripts/reliability")
        if compared == 0:
            self.skipTest("no suite has left its table in %r" % RESULTS)

    def test_no_row_without_a_run(self):
        for suite, rows in rows_of_page().items():
            for name, runs in rows or []:
                self.assertGreater(runs, 0, "%s: %s" % (suite, name))


if __name__ == "__main__":
    unittest.main()
