"""The completion scripts in the shells that they are for: what a press of Tab makes of a line.

usage: completion_shells_test.py BINARY fish|zsh
"""
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY, SHELL = os.path.abspath(sys.argv[1]), sys.argv[2]
# A shell that says nothing for so long has failed; no test waits for it otherwise.
DEADLINE = 120
# What is typed and what has to stand there after Tab.
LINES = [
    ("tfgrid-compose reco", "tfgrid-compose reconcile"),
    ("tfgrid-compose completion f", "tfgrid-compose completion fish"),
    ("tfgrid-compose reconcile --detail", "tfgrid-compose reconcile --detailed-exitcode"),
    ("tfgrid-compose rollback --rev", "tfgrid-compose rollback --revert"),
    ("tfgrid-compose down default/w", "tfgrid-compose down default/web"),
    ("tfgrid-compose --no-c", "tfgrid-compose --no-color"),
]


class Fish:
    def __init__(self, environment):
        self.environment = environment

    def complete(self, line):
        script = "tfgrid-compose completion fish | source; complete -C $argv[1]"
        done = subprocess.run(["fish", "--no-config", "-c", script, line], env=self.environment,
                              capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0 and not done.stderr, done.stderr
        words = [each.split("\t")[0] for each in done.stdout.splitlines()]
        assert len(words) == 1, words
        return line[: line.rfind(" ") + 1] + words[0]

    def close(self):
        pass


class Zsh:
    """A shell on a terminal of its own, in which Tab is pressed."""

    SETUP = """PS1= PROMPT_EOL_MARK= ; unsetopt zle_bracketed_paste prompt_cr
autoload -Uz compinit; compinit -u -D
source <(tfgrid-compose completion zsh)
tell() { print -rn -- $'\\x02'"$BUFFER"$'\\x03'; BUFFER= }
zle -N tell; bindkey '^T' tell; bindkey '^I' complete-word; stty -echo; print -rn -- $'\\x02ready\\x03'
"""

    def __init__(self, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], environment)
        self.seen = b""
        self.type(self.SETUP)
        while self.told() != "ready":
            pass

    def type(self, text):
        os.write(self.terminal, text.encode())

    def told(self):
        """The next text between the two marks."""
        while True:
            found = re.search(rb"\x02([^\x02\x03]*)\x03", self.seen)
            if found:
                self.seen = self.seen[found.end():]
                return found.group(1).decode()
            ready, _, _ = select.select([self.terminal], [], [], DEADLINE)
            assert ready, "zsh says nothing; last: %r" % self.seen[-500:]
            self.seen += os.read(self.terminal, 65536)

    def complete(self, line):
        self.type(line + "\t\x14")
        return self.told().rstrip()

    def close(self):
        os.close(self.terminal)  # Hangs up.
        os.waitpid(self.pid, 0)


class CompletionTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        program = os.path.join(self.directory, "tfgrid-compose")
        with open(program, "w", encoding="utf-8") as f:
            f.write("#!/bin/sh\n"
                    "case $1 in status) echo '      \"id\": \"default/web\",' ;;\n"
                    "*) exec '%s' \"$@\" ;; esac\n" % BINARY)
        os.chmod(program, 0o755)
        path = self.directory + os.pathsep + os.environ["PATH"]
        environment = dict(os.environ, PATH=path, HOME=self.directory, TERM="dumb", LC_ALL="C.UTF-8")
        self.shell = {"fish": Fish, "zsh": Zsh}[SHELL](environment)

    def tearDown(self):
        self.shell.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def test_tab(self):
        for line, expected in LINES:
            with self.subTest(line=line):
                self.assertEqual(self.shell.complete(line), expected)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
