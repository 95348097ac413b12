"""scripts/mutate draws what it says: code and never text, the same for the same seed."""
import importlib.machinery
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # Nothing beside the script.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOADER = importlib.machinery.SourceFileLoader("mutate", os.path.join(ROOT, "scripts/mutate"))
SPEC = importlib.util.spec_from_loader("mutate", LOADER)
mutate = importlib.util.module_from_spec(SPEC)
LOADER.exec_module(mutate)


def texts(line, before="", types=()):
    code = mutate.blank(line)
    return {line[:b] + new + line[e:] for _, b, e, new in mutate.replacements(code, line, before, types)}


class MutateTest(unittest.TestCase):
    def test_changes_code(self):
        self.assertIn("  if (a >= b) return;", texts("  if (a > b) return;"))
        self.assertIn("  if (!(a > b)) return;", texts("  if (a > b) return;"))
        self.assertIn("  return a || b;", texts("  return a && b;"))
        self.assertIn("  return f(b, a);", texts("  return f(a, b);", types={"a": "int", "b": "int"}))
        self.assertIn("  return {};", texts("  return f(a, b);"))
        self.assertIn("  x = true;", texts("  x = false;"))
        self.assertIn("  ;", texts("  items.push_back(x);"))
        self.assertIn("  (void)(f(x));", texts("  RETURN_IF_ERROR(f(x));"))
        self.assertIn("  int x = a[1];", texts("  int x = a[0];"))

    def test_leaves_text_alone(self):
        self.assertEqual(texts('  // if (a > b) return false;'), set())
        self.assertEqual(texts('  {"a && b", "1 < 2"},'), set())
        self.assertEqual(texts("  std::vector<int> x;"), set())

    def test_swaps_equal_types_alone(self):
        types = mutate.declared_types("int F(const std::string& a, const std::string& b, int c) {")
        self.assertEqual(types, {"a": "std::string", "b": "std::string", "c": "int"})
        self.assertIn("  G(b, a);", texts("  G(a, b);", types=types))
        self.assertNotIn("  G(c, a);", texts("  G(a, c);", types=types))

    def test_the_rest_of_a_statement_is_not_removed(self):
        self.assertNotIn("    ;", texts("    b.push_back(x);", before="  return a +"))

    def test_declarations_are_not_removed(self):
        self.assertNotIn("  ;", texts("  std::string x = f(y);"))
        self.assertNotIn("  ;", texts("  const int x = f(y);"))

    def test_a_draw_depends_on_the_seed_alone(self):
        candidates = mutate.mutations(ROOT, "differ/")
        self.assertGreater(len(candidates), 300)
        self.assertEqual(mutate.draw(candidates, 1), mutate.draw(list(candidates), 1))
        self.assertNotEqual(mutate.draw(candidates, 1), mutate.draw(candidates, 2))
        first = [(m["file"], m["line"]) for m in mutate.draw(candidates, 1)[:200]]
        self.assertEqual(len(first), len(set(first)))

    def test_every_mutation_changes_its_line(self):
        for m in mutate.mutations(ROOT, "differ/"):
            self.assertNotEqual(m["from"], m["to"])
            lines = mutate.read(os.path.join(ROOT, m["file"])).split("\n")
            self.assertEqual(lines[m["line"] - 1].strip(), m["from"])

    def test_reads_explanations(self):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
            f.write("# comment\n\na/b.cc\n- x < y\n+ x <= y\n  They are\n  never equal.\n")
            f.flush()
            self.assertEqual(mutate.explanations(f.name),
                             {("a/b.cc", "x < y", "x <= y"): "They are never equal."})

    def test_explanations_are_of_lines_that_are_there(self):
        for (file, old, new), reason in mutate.explanations().items():
            lines = mutate.read(os.path.join(ROOT, file)).split("\n")
            self.assertIn(old, [line.strip() for line in lines], file)
            self.assertNotEqual(old, new)
            self.assertGreater(len(reason), 20, "a reason for %s" % old)


# A project of one function and one test: what the script says of it is known beforehand.
TOY = {
    "CMakePresets.json": """{"version": 6, "configurePresets": [
  {"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release",
   "cacheVariables": {"CMAKE_BUILD_TYPE": "RelWithDebInfo"}}]}
""",
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.25)
project(toy LANGUAGES CXX)
add_subdirectory(differ)
add_subdirectory(tests)
""",
    "differ/CMakeLists.txt": "add_library(differ larger.cc)\n",
    "differ/larger.cc": """int Larger(int a, int b) {
  if (a > b) return a;
  return b;
}

int Unused(int a) {
  if (a == 7) return 1;
  return a;
}
""",
    "tests/CMakeLists.txt": """add_executable(unit_differ test.cc)
target_link_libraries(unit_differ PRIVATE differ)
""",
    "tests/test.cc": """int Larger(int a, int b);
int main() { return Larger(1, 2) == 2 && Larger(2, 1) == 2 && Larger(3, 3) == 3 ? 0 : 1; }
""",
}


class ToyTest(unittest.TestCase):
    def test_tells_killed_from_survived(self):
        with tempfile.TemporaryDirectory() as root:
            for path, text in TOY.items():
                os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                    f.write(text)
            os.makedirs(os.path.join(root, "scripts"))
            script = shutil.copy(os.path.join(ROOT, "scripts/mutate"), os.path.join(root, "scripts/mutate"))
            subprocess.run(["git", "init", "-q", root], check=True)
            rows = os.path.join(root, "rows.json")
            done = subprocess.run([sys.executable, script, "--only", "differ/", "--count", "100", "--json", rows],
                                  capture_output=True, text=True)
            self.assertTrue(os.path.exists(rows), done.stdout + done.stderr)
            with open(rows, encoding="utf-8") as f:
                outcomes = {(row["line"], row["to"]): row["outcome"] for row in json.load(f)}
            self.assertEqual(outcomes[(2, "if (!(a > b)) return a;")], "killed by unit_differ")
            self.assertEqual(outcomes[(3, "return {};")], "killed by unit_differ")
            # A compiler may see that this is no change.
            self.assertIn(outcomes[(2, "if (a >= b) return a;")], ("survived", "same code"))
            self.assertEqual(outcomes[(7, "if (a != 7) return 1;")], "survived")
            self.assertEqual(done.returncode, 1, "too few were killed")
            self.assertRegex(done.stdout, r"(?m)^\d+ mutations: \d+ killed, \d+ survived, 0 explained")
            with open(os.path.join(root, "differ/larger.cc"), encoding="utf-8") as f:
                self.assertEqual(f.read(), TOY["differ/larger.cc"], "the checkout is left alone")


if __name__ == "__main__":
    unittest.main()
