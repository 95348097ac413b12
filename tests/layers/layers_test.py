"""scripts/layers must see each kind of mistake it promises to see. Every test plants one in a small
tree that is otherwise clean."""
import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "layers")
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader("layers", SCRIPT)
layers = importlib.util.module_from_spec(importlib.util.spec_from_loader("layers", loader))
loader.exec_module(layers)

CLEAN = {
    "engine/base/result.h": "// A value or an error.\n#pragma once\n#include <string>\n",
    "engine/model/app.h": '// An app.\n#pragma once\n#include "engine/base/result.h"\n',
    "engine/model/app.cc": '#include "engine/model/app.h"\n\n#include <vector>\n',
    "engine/model/CMakeLists.txt": "add_library(engine_model app.cc)\n",
    "differ/plan.h": '// A plan.\n#pragma once\n#include "engine/model/app.h"\n',
    "patterns/single-vm/pattern.yaml": "name: single-vm\n",
    "patterns/gateway/pattern.yaml": "name: gateway\n",
    "docs/architecture.md": "".join("| %s |\n" % p.rstrip("/") for p in layers.THIRD_PARTY),
    "README.md": "text\n",
}


def problems(changes=None):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **(changes or {})}.items():
            if text is None:
                continue
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as f:
                f.write(text)
        checker = layers.Checker(root)
        checker.run()
        return checker.problems


def header(body):
    return "// What it is.\n#pragma once\n" + body


class LayersTest(unittest.TestCase):
    def assert_found(self, changes, place, words):
        found = problems(changes)
        self.assertTrue(any(p.startswith(place) and words in p for p in found),
                        "expected %r with %r in %r" % (place, words, found))

    def test_clean_tree_has_no_problem(self):
        self.assertEqual(problems(), [])

    def test_peers_must_not_see_each_other(self):
        self.assert_found({"engine/yaml/node.h": header('#include "engine/model/app.h"\n')},
                          "engine/yaml/node.h:3:", "must not include engine/model")

    def test_lower_folder_must_not_see_a_higher_one(self):
        self.assert_found({"differ/plan.h": header('#include "sources/poll.h"\n'),
                           "sources/poll.h": header("")}, "differ/plan.h:3:", "must not include sources")

    def test_include_must_be_rooted(self):
        self.assert_found({"differ/plan.h": header('#include "order.h"\n')},
                          "differ/plan.h:3:", "not rooted")
        self.assert_found({"differ/plan.h": header('#include "differ/../engine/base/result.h"\n')},
                          "differ/plan.h:3:", "not rooted")

    def test_include_in_a_comment_is_no_include(self):
        self.assertEqual(problems({"differ/plan.h": header('/*\n#include "sources/x.h"\n*/\n')}), [])

    def test_tests_are_out_of_reach_of_the_product(self):
        self.assert_found({"differ/plan.h": header('#include "tests/support/x.h"\n')},
                          "differ/plan.h:3:", "not rooted")

    def test_third_party_headers_stay_in_their_folder(self):
        for name in ("git2.h", "git2/sys/stream.h", "yaml.h", "yaml-cpp/yaml.h", "sqlite3.h",
                     "SQLiteCpp/Database.h", "nlohmann/json.hpp", "httplib.h", "CLI/CLI.hpp"):
            self.assert_found({"differ/plan.h": header("#include <%s>\n" % name)},
                              "differ/plan.h:3:", "may only be seen by")

    def test_third_party_header_is_fine_at_home(self):
        self.assertEqual(problems({"sources/mirror.h": header("#include <git2.h>\n")}), [])

    def test_unknown_third_party_header(self):
        self.assert_found({"differ/plan.h": header("#include <absl/strings/str_cat.h>\n")},
                          "differ/plan.h:3:", "no known third-party header")

    def test_pure_folders_touch_nothing(self):
        for line in ("#include <thread>", "#include <mutex>", "#include <filesystem>",
                     "auto t = std::chrono::system_clock::now();", 'auto v = getenv("HOME");',
                     "int r = std::rand();", 'void F() { std::cout << "x"; }'):
            self.assert_found({"engine/model/app.h": header(line + "\n")},
                              "engine/model/app.h:3:", "")

    def test_words_in_strings_and_comments_are_not_code(self):
        self.assertEqual(problems({"differ/plan.h": header(
            'const char* k = "getenv(x) and system(y)"; // std::regex is slow\nint n = 1\'000\'000;\n'
        )}), [])

    def test_shells_and_regex_are_forbidden_everywhere(self):
        for line in ("#include <regex>", "std::regex r;", 'int x = system("ls");',
                     'auto* f = popen("ls", "r");'):
            self.assert_found({"engine/os/p.h": header(line + "\n")}, "engine/os/p.h:3:", "")

    def test_threads_are_made_in_one_place(self):
        self.assert_found({"engine/drivers/d.h": header("std::jthread t;\n")},
                          "engine/drivers/d.h:3:", "threads")
        self.assertEqual(problems({"engine/reconcile/worker_pool.h": header("#include <thread>\n")}), [])

    def test_engine_knows_no_pattern(self):
        for line in ('const char* k = "single-vm";', "int single_vm = 1;", "class SingleVm;",
                     'const char* k = "gateway";'):
            self.assert_found({"differ/plan.h": header(line + "\n")}, "differ/plan.h:3:", "pattern")
        self.assertEqual(problems({"differ/plan.h": header('const char* k = "bad gateway: 502";\n')}), [])

    def test_patterns_hold_data(self):
        for name in ("plugin.cc", "build.py", "tool"):
            self.assert_found({"patterns/single-vm/" + name: "x"}, "patterns/single-vm/" + name, "data")

    def test_top_level_is_the_design(self):
        self.assert_found({"tools/x.sh": "x"}, "tools:", "top level")
        self.assert_found({"engine/utils/x.h": header("")}, "engine/utils:", "no folder")

    def test_source_files_are_built(self):
        self.assert_found({"engine/model/lost.cc": "int x;\n"}, "engine/model/lost.cc:", "not built")
        self.assert_found({"tests/unit/model/lost_test.cc": "int x;\n"}, "tests/unit/model/lost", "not built")

    def test_own_header_comes_first(self):
        self.assert_found({"engine/model/app.cc": '#include <vector>\n#include "engine/model/app.h"\n'},
                          "engine/model/app.cc:1:", "first include")

    def test_long_files_and_nameless_concepts(self):
        self.assert_found({"differ/plan.h": header("//\n" * 501)}, "differ/plan.h:503:", "lines")
        self.assert_found({"differ/string_utils.h": header("")}, "differ/string_utils.h:", "concept")

    def test_headers_say_what_they_are(self):
        self.assert_found({"differ/plan.h": "#pragma once\n"}, "differ/plan.h:1:", "comment")
        self.assert_found({"differ/plan.h": "// A plan.\n"}, "differ/plan.h:1:", "pragma once")

    def test_third_party_headers_are_documented(self):
        self.assert_found({"docs/architecture.md": "nothing\n"}, "docs/architecture.md:1:", "<git2>")


if __name__ == "__main__":
    unittest.main()
