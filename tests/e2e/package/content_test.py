"""What is in the package: the files and their rights, what it depends on, the manual, and what lintian says."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

import package
from machine import command

PLACES = [
    "/etc/tfgrid-compose/reconciler.yaml",
    "/usr/bin/tfgrid-compose",
    package.UNIT,
    "/usr/share/bash-completion/completions/tfgrid-compose",
    "/usr/share/zsh/vendor-completions/_tfgrid-compose",
    "/usr/share/fish/vendor_completions.d/tfgrid-compose.fish",
    "/usr/share/man/man1/tfgrid-compose.1.gz",
    "/usr/share/tfgrid-compose/patterns/single-vm/pattern.yaml",
    "/usr/share/doc/tfgrid-compose/changelog.gz",
    "/usr/share/doc/tfgrid-compose/copyright",
    "/usr/share/doc/tfgrid-compose/docs/install.md",
    "/usr/share/doc/tfgrid-compose/examples/run-as-app.conf",
    "/usr/share/doc/tfgrid-compose/examples/run-as-root.conf",
]


class ContentTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.package = package.path()
        cls.folder = tempfile.TemporaryDirectory()
        command.run(["dpkg-deb", "-x", cls.package, cls.folder.name])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def at(self, path):
        return self.folder.name + path

    def field(self, name):
        return command.run(["dpkg-deb", "-f", self.package, name])[0].strip()

    def binary(self, *words):
        return command.run([self.at("/usr/bin/tfgrid-compose"), *words])[0]

    def manual(self):
        return command.run(["gzip", "-dc", self.at("/usr/share/man/man1/tfgrid-compose.1.gz")])[0]

    def test_files_are_where_a_system_looks_for_them(self):
        listing = command.run(["dpkg-deb", "-c", self.package])[0]
        files = {line.split()[5].lstrip("."): line.split()[:2] for line in listing.splitlines()}
        for path in PLACES:
            self.assertIn(path, files)
        for path, (mode, owner) in files.items():
            self.assertEqual(owner, "root/root", path)
            self.assertNotRegex(mode, r"^.(..s|.{5}s|.{4}w|.{7}w)", path)
            self.assertTrue(path == "/" or path.startswith(("/usr/", "/etc/")), path)
        self.assertEqual(command.run(["dpkg-deb", "-I", self.package, "conffiles"])[0], package.CONFIG + "\n")

    def test_it_depends_on_the_libraries_that_the_program_loads(self):
        """At its start and later: their names stand in it in any case."""
        with open(self.at("/usr/bin/tfgrid-compose"), "rb") as f:
            libraries = {name.decode() for name in re.findall(rb"(lib[\w.+-]+\.so\.[\d.]+)(?=\0)", f.read())}
        self.assertGreater(len(libraries), 10)
        self.assertIn("libcurl.so.4", libraries)
        needed = set(re.findall(r"(?:^|, |\| )([a-z0-9.+-]+)", self.field("Depends")))
        for library in libraries:
            owners = [line.split(": ")[0] for line in command.run(["dpkg", "-S", "*/" + library])[0].splitlines()]
            names = command.run(["dpkg-query", "-W", "-f", "${Package} ${Provides} ", *owners])[0]
            self.assertTrue(needed & set(re.findall(r"[a-z0-9.+-]+", names)), "%s of %s" % (library, names))
        self.assertTrue({"adduser", "ca-certificates"} <= needed)

    def test_program_changelog_and_package_agree_on_the_version(self):
        version = self.field("Version")
        self.assertEqual(self.binary("--version").split(), ["tfgrid-compose", version])
        changelog = command.run(["gzip", "-dc", self.at("/usr/share/doc/tfgrid-compose/changelog.gz")])[0]
        self.assertTrue(changelog.startswith("tfgrid-compose (%s) " % version), changelog)

    def test_the_program_finds_its_patterns(self):
        self.assertIn(self.at("/usr/share/tfgrid-compose/patterns"), self.binary("patterns"))

    def test_completions_are_the_programs_own(self):
        for shell, path in (("bash", PLACES[3]), ("zsh", PLACES[4]), ("fish", PLACES[5])):
            with open(self.at(path), encoding="utf-8") as f:
                self.assertEqual(f.read(), self.binary("completion", shell))

    def test_the_manual_tells_of_every_command_and_flag_and_no_other(self):
        script = self.binary("completion", "bash")
        flags = dict(re.findall(r'^    ([a-z-]+)\)\n      flags="(.*)"$', script, re.MULTILINE))
        self.assertGreater(len(flags), 20)
        manual = self.manual().replace("\\-", "-")
        sections = dict(re.findall(r"^\.SS (\S+)\n(.*?)(?=^\.S[SH] )", manual, re.MULTILINE | re.DOTALL))
        self.assertEqual(sections.keys(), flags.keys())
        for command_name, words in flags.items():
            tagged = re.findall(r"^\.TP\n\.B (.*)$", sections[command_name], re.MULTILINE)
            told = {word for line in tagged for word in re.findall(r"(?:^|, )(-\S*[^\s,])", line)}
            self.assertEqual(told, set(words.split()), command_name)
        of_all = re.search(r"^\.SH FLAGS OF ALL COMMANDS\n(.*?)^\.SH ", manual, re.MULTILINE | re.DOTALL).group(1)
        for flag in re.search(r'"\$flags (.*)" -- ', script).group(1).split():
            self.assertRegex(of_all, r"(?m)^\.B (?:\S+, )?%s\b" % re.escape(flag))

    def test_the_manual_is_rendered_without_a_warning(self):
        with tempfile.NamedTemporaryFile("w", suffix=".1") as page:
            page.write(self.manual())
            page.flush()
            self.assertEqual(command.run(["mandoc", "-T", "lint", page.name])[0], "")
            rendered, warnings = command.run(["man", "--warnings", "-l", page.name],
                                             env=dict(os.environ, MANWIDTH="100", LC_ALL="C.UTF-8"))
        self.assertEqual(warnings, "")
        self.assertIn("tfgrid-compose rollback APP [--to N]", rendered)
        self.assertRegex(rendered, r"\n *130 +interrupted\n")

    def test_lintian_has_nothing_to_say(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", self.package],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
