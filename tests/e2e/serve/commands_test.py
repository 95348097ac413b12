"""Commands beside a running daemon: they do and say the same as without one, and tell what goes wrong."""
import difflib
import json
import os
import pty
import re
import signal
import stat
import subprocess
import unittest

import daemon
from daemon import Bench, app_files


def run(bench, *words, stderr=subprocess.PIPE, **options):
    return subprocess.run(bench.arguments(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr,
                          text=True, errors="replace", check=False, timeout=daemon.PATIENCE, **options)


def plain(bench, text):
    """Without what differs between two places and two moments."""
    text = text.replace(bench.path, "PATH")
    text = re.sub(r"20\d\d-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
    text = re.sub(r'("?durationMs"?: )\d+', r"\1N", text)
    text = re.sub(r"\b\d+(\.\d+)? ?(ms|s)\b( ago)?|just now", "SPAN", text)
    return re.sub(r" +", " ", text)


class Pair:
    """Two places with the same history: in one a daemon runs."""

    def __init__(self, test):
        self.test = test
        self.alone, self.served = test.bench(), test.bench()
        self.commit(app_files("base", "base"))
        for bench in self.benches():
            bench.text("reconcile", "--source", "more")  # In turn, so that runs have the same numbers.
            bench.text("reconcile")
        self.daemon = self.served.start()
        for source in ("apps", "more"):
            self.daemon.wait_line("nothing new", source)

    def benches(self):
        return (self.alone, self.served)

    def commit(self, files):
        for bench in self.benches():
            bench.remote.commit(files)

    def same(self, *words, code=0, sort=False):
        """Runs it in both, checks that the answers are the same, and returns one of them."""
        alone, served = (run(bench, *words) for bench in self.benches())
        lists = []
        for bench, done in zip(self.benches(), (alone, served)):
            lines = plain(bench, "exit %d\n--- out\n%s--- err\n%s" % (done.returncode, done.stdout, done.stderr))
            lists.append(sorted(lines.splitlines()) if sort else lines.splitlines())
        difference = "\n".join(difflib.unified_diff(*lists, "alone", "with a daemon", lineterm=""))
        self.test.assertEqual(difference, "", " ".join(words))
        self.test.assertEqual(served.returncode, code, served.stdout + served.stderr)
        return served


class CommandsTest(unittest.TestCase):
    maxDiff = None

    def bench(self, **options):
        bench = Bench(**options)
        self.addCleanup(bench.remove)
        bench.more.commit(app_files("other", "other"))
        return bench

    def test_reconcile(self):
        pair = Pair(self)
        pair.commit({**app_files("web", "web"), **app_files("mail", "mail", more="depends_on: [web]\n")})
        pair.same("reconcile", "--dry-run")
        pair.same("reconcile", "--dry-run", "-o", "json")
        pair.same("reconcile", "--dry-run", "--detailed-exitcode", code=2)
        pair.same("reconcile", "--dry-run", "--environment", "other")
        self.assertIn("2 created", pair.same("reconcile").stdout)
        for form in ("json", "yaml"):
            pair.same("reconcile", "-o", form)
        pair.same("reconcile", "--full", "--detailed-exitcode")
        pair.commit(app_files("web", "web", page="two"))
        self.assertIn('"verdict": "update"', pair.same("reconcile", "web", "-o", "json").stdout)
        self.assertEqual(pair.served.page("web"), "two")
        pair.same("reconcile", "test/web", "mail")
        pair.same("reconcile", "--source", "apps")
        for words in (["webb"], ["--source", "app"], ["--dry-run", "nobody"], ["--environment", "prod", "web"]):
            pair.same("reconcile", *words, code=1)
            pair.same("reconcile", *words, "-o", "json", code=1)
        pair.same("reconcile", "A B", code=64)

    def test_large_reports(self):
        pair = Pair(self)
        files = {}
        for number in range(400):
            files.update(app_files("web-%d" % number, "web-%d" % number))
        pair.commit(files)
        self.assertGreater(len(pair.same("reconcile", "--dry-run", "-o", "json").stdout), 1 << 20)
        pair.same("reconcile", "--dry-run")

    def test_tls(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", bench.at("key.pem"), "-out", bench.at("cert.pem"), "-days", "1", "-subj",
                        "/CN=gitops.example.org"], check=True, capture_output=True)
        os.chmod(bench.at("key.pem"), 0o600)
        listen = '"127.0.0.1:%d"' % bench.port
        bench.configure(bench.configuration().replace(
            listen, "%s, tls: {certificateFile: cert.pem, keyFile: key.pem}" % listen))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        bench.text("suspend", "web", "--reason", "moving")
        self.assertIn("1 unchanged", bench.text("reconcile", "web"))

    def test_what_fails(self):
        pair = Pair(self)
        pair.commit(app_files("web", "web", configure="echo about to fail; exit 3"))
        self.assertIn("about to fail", pair.same("reconcile", code=1).stdout)
        pair = Pair(self)
        pair.commit({"web/tfgrid-compose.yaml": "name: web\nversion: 1\npattern: none\ncolour: red\n"})
        self.assertIn("colour", pair.same("reconcile", code=1).stdout)
        pair.same("reconcile", "-o", "json", code=1)
        for bench in pair.benches():
            os.rename(bench.remote.path, bench.at("away"))
        pair.same("reconcile", "--source", "apps", code=1)

    def test_holds(self):
        pair = Pair(self)
        pair.same("suspend", "base", "--reason", "moving the database")
        pair.same("status", "base", "-o", "json")
        pair.same("reconcile", "base")
        pair.same("suspend", "test/base", "--reason", "again", "-o", "yaml")
        pair.same("suspend", "bas", "--reason", "x", code=1)
        pair.same("suspend", "bas", "--reason", "x", "-o", "json", code=1)
        pair.same("suspend", "base", code=64)
        for reason in ("y" * 501, "two\nlines", "\x1b[31m"):
            pair.same("suspend", "base", "--reason", reason, code=64)
        pair.same("resume", "base")
        pair.same("resume", "nobody", code=1)

    def test_rollback(self):
        pair = Pair(self)
        pair.commit(app_files("base", "base", page="two"))
        pair.same("reconcile")
        pair.same("rollback", "base", "--dry-run")
        pair.same("rollback", "base", "--to", "99", code=1)
        pair.same("rollback", "base", "--to", "99", "--dry-run", "-o", "json", code=1)
        pair.same("rollback", "nobody", code=1)
        pair.same("rollback", "base", "-o", "json")
        self.assertEqual(pair.served.page("base"), "one")
        pair.same("reconcile")
        pair.same("rollback", "base")
        pair.same("status", "base")

    def test_up_and_down(self):
        pair = Pair(self)
        for bench in pair.benches():
            for path, content in app_files("own", "own").items():
                text, mode = content if isinstance(content, tuple) else (content, "100644")
                os.makedirs(os.path.dirname(bench.at(path)), exist_ok=True)
                with open(bench.at(path), "w", encoding="utf-8") as f:
                    f.write(text)
                os.chmod(bench.at(path), int(mode[3:], 8))
        own = lambda bench: bench.at("own")
        for words in (["--dry-run"], ["--environment", "test"], ["--environment", "test", "-o", "json"]):
            alone, served = (run(bench, "up", own(bench), *words) for bench in pair.benches())
            self.assertEqual(plain(pair.alone, alone.stdout + alone.stderr),
                             plain(pair.served, served.stdout + served.stderr))
            self.assertEqual((alone.returncode, served.returncode), (0, 0))
        self.assertEqual(pair.served.page("own"), "one")
        pair.same("up", "/no/such/directory", code=1)
        pair.same("down", "own", "--dry-run")
        pair.same("down", "own", code=64)
        pair.same("down", "nobody", "--yes", code=1)
        pair.same("down", "own", "--yes")
        self.assertIsNone(pair.served.page("own"))
        pair.same("down", "base", "--yes", "-o", "json")
        pair.same("status")

    def test_stats_and_progress(self):
        pair = Pair(self)
        pair.commit(app_files("web", "web"))
        counts = [json.loads(run(bench, "reconcile", "--dry-run", "--stats", "-o", "json").stdout)["stats"]
                  for bench in pair.benches()]
        self.assertEqual(set(counts[0]), set(counts[1]))
        for name in ("manifestsParsed", "appsPlanned", "remoteQueries"):
            self.assertEqual(counts[0][name], counts[1][name], name)
        self.assertIn("manifests parsed", run(pair.served, "reconcile", "--dry-run", "--stats").stdout)
        told = []
        for bench in pair.benches():
            here, there = pty.openpty()
            done = run(bench, "reconcile", "web", stderr=there, env=dict(os.environ, TERM="dumb"))
            os.close(there)
            text = b""
            while True:
                try:
                    piece = os.read(here, 65536)
                except OSError:
                    break
                if not piece:
                    break
                text += piece
            os.close(here)
            self.assertEqual(done.returncode, 0)
            told.append(sorted(set(text.decode().replace("\r", "").splitlines())))
        self.assertIn("test/web: app.configure ...", told[0])
        self.assertEqual(told[0], told[1])

    def test_an_app_that_is_busy_is_waited_for(self):
        bench = self.bench()
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit(app_files("slow", "slow"))
        served = bench.start()
        served.wait_line("app applied", "test/slow")
        bench.remote.commit(app_files("slow", "slow", configure="read line < %s" % gate))
        seen = served.mark()
        first = subprocess.Popen(bench.arguments("reconcile"), stdout=subprocess.PIPE, text=True)
        with open(gate, "w", encoding="utf-8") as f:  # Opens when the hook reads.
            second = subprocess.Popen(bench.arguments("rollback", "slow", "-o", "json"), stdout=subprocess.PIPE,
                                      text=True)
            served.wait_line("request answered", "202", after=1 + served.wait_line("request answered", "202", after=seen))
            f.write("go on\n")
        self.assertEqual(first.wait(daemon.PATIENCE), 0)
        out = second.communicate(timeout=daemon.PATIENCE)[0]
        self.assertEqual(second.returncode, 0, out)
        first.stdout.close()
        runs = json.loads(bench.text("history", "slow", "-o", "json"))["runs"]
        self.assertEqual([one["status"] for one in runs], ["succeeded"] * 3)

    def test_ctrl_c_ends_the_waiting_only(self):
        bench = self.bench()
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit(app_files("web", "web"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        bench.remote.commit(app_files("web", "web", page="two", configure='read line < %s; cp "$TFGRID_SOURCE_DIR/page" '
                                      '"$TFGRID_DATA_DIR/page"' % gate))
        seen = served.mark()
        waiting = subprocess.Popen(bench.arguments("reconcile"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        with open(gate, "w", encoding="utf-8") as f:
            waiting.send_signal(signal.SIGINT)
            out, error = waiting.communicate(timeout=daemon.PATIENCE)
            self.assertEqual(waiting.returncode, 130, out + error)
            self.assertRegex(error, r"the daemon goes on with operation \d+")
            f.write("go on\n")
        served.wait_line("app applied", "test/web", after=seen)
        self.assertEqual(bench.page("web"), "two")

    def test_a_run_is_cancelled(self):
        bench = self.bench(limits="limits: {stopGrace: 1s}\n")
        self.assertIn("no such app", run(bench, "cancel", "web").stderr)
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit(app_files("web", "web"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        idle = run(bench, "cancel", "web")
        self.assertEqual((idle.returncode, idle.stdout), (1, ""))
        self.assertIn("no run is under way", idle.stderr)
        bench.remote.commit(app_files("web", "web", page="two", configure="read line < %s" % gate))
        waiting = subprocess.Popen(bench.arguments("reconcile"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        with open(gate, "w", encoding="utf-8"):
            number, before = (one["number"] for one in json.loads(bench.text("history", "web", "-o", "json"))["runs"])
            self.assertIn("the run is over", run(bench, "cancel", "web", "--run", str(before)).stderr)
            told = json.loads(bench.text("cancel", "test/web", "--run", str(number), "-o", "json"))
            self.assertEqual((told["id"], told["run"], told["state"]), ("test/web", number, "cancelling"))
            waiting.communicate(timeout=daemon.PATIENCE)
        self.assertEqual(waiting.returncode, 1)

        def newest_run():
            return json.loads(bench.text("history", "web", "-o", "json"))["runs"][0]

        # Who waits may hear of it before the run's end is written.
        daemon.wait_until(lambda: newest_run()["status"] != "running", served)
        newest = newest_run()
        self.assertEqual((newest["number"], newest["status"]), (number, "cancelled"))
        self.assertIn("run %d was cancelled" % number, bench.status()["web"]["suspended"]["reason"])
        audit = json.loads(bench.text("audit", "list", "-o", "json"))["entries"]
        self.assertIn(("run.cancel", "run %d" % number, "accepted"),
                      {(entry["action"], entry["target"], entry["result"]) for entry in audit})
        self.assertEqual(served.end(), 0)

    def test_who_waits_for_a_cancelled_run_is_told_so(self):
        bench = self.bench(limits="limits: {stopGrace: 1s}\n")
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit(app_files("web", "web", configure="read line < %s" % gate))
        served = bench.start()
        with open(gate, "w", encoding="utf-8") as f:
            f.write("go on\n")
        served.wait_line("app applied", "test/web")
        seen = served.mark()
        bench.remote.commit(app_files("web", "web", page="two"))
        bench.text("reconcile")
        served.wait_line("app applied", "test/web", after=seen)
        waiting = subprocess.Popen(bench.arguments("rollback", "web"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        with open(gate, "w", encoding="utf-8"):
            self.assertIn("is being cancelled", bench.text("cancel", "web"))
            out, error = waiting.communicate(timeout=daemon.PATIENCE)
        self.assertEqual(waiting.returncode, 1, out + error)
        self.assertIn("the run was cancelled", out + error)
        self.assertIn("tfgrid-compose resume test/web", out + error)
        self.assertEqual(served.end(), 0)

    def test_a_run_without_a_daemon_is_its_commands(self):
        bench = self.bench()
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit(app_files("web", "web", configure="read line < %s" % gate))
        alone = subprocess.Popen(bench.arguments("reconcile"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(gate, "w", encoding="utf-8"):
            done = run(bench, "cancel", "web")
            self.assertEqual(done.returncode, 1)
            self.assertIn("no daemon is at work", done.stderr)
            self.assertIn("kill -INT %d" % alone.pid, done.stderr)
            alone.kill()
            alone.wait()
            done = run(bench, "cancel", "web")
            self.assertIn("was interrupted", done.stderr)

    def waiting_command(self, *words):
        """A bench with a command that waits for a daemon whose app hangs."""
        bench = self.bench(limits="limits: {stopGrace: 1s}\n")
        bench.remote.commit(app_files("web", "web", configure='echo > %s; sleep 3600' % bench.at("begun")))
        os.mkfifo(bench.at("begun"))
        served = bench.start()
        with open(bench.at("begun"), encoding="utf-8") as f:
            f.read()
        waiting = subprocess.Popen(bench.arguments(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        served.wait_line("request answered", '"status":"202"') if served.lines[0].startswith("{") else \
            served.wait_line("request answered", "202")
        return bench, served, waiting

    def test_the_daemon_is_killed_in_the_middle(self):
        _, served, waiting = self.waiting_command("reconcile", "web")
        served.end(signal.SIGKILL)
        out, error = waiting.communicate(timeout=daemon.PATIENCE)
        self.assertEqual(waiting.returncode, 1, out + error)
        self.assertIn("the daemon went away", error)
        self.assertRegex(error, r"operation \d+ was (waiting|working)")
        self.assertIn("tfgrid-compose status", error)

    def test_the_daemon_is_stopped_in_the_middle(self):
        _, served, waiting = self.waiting_command("reconcile", "web", "-o", "json")
        self.assertEqual(served.end(), 0)
        out, error = waiting.communicate(timeout=daemon.PATIENCE)
        self.assertEqual(waiting.returncode, 1, out + error)
        self.assertIn("the daemon stopped", json.loads(out)["error"]["diagnostics"][0]["summary"])

    def test_another_configuration_is_noticed(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        bench.start().wait_line("app applied", "test/web")
        other = bench.at("other.yaml")
        with open(bench.at("reconciler.yaml"), encoding="utf-8") as f, open(other, "w", encoding="utf-8") as g:
            g.write(f.read())
        words = [bench.binary, "--config", other, "--state-dir", bench.at("state"), "reconcile"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=daemon.PATIENCE)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the daemon works with another configuration", done.stderr)
        self.assertIn("--config " + bench.at("reconciler.yaml"), done.stderr)
        os.symlink(bench.at("reconciler.yaml"), bench.at("link.yaml"))
        words[2] = bench.at("link.yaml")
        self.assertEqual(subprocess.run(words, capture_output=True, check=False).returncode, 0)

    def test_files_that_are_not_as_they_should_be(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        token, address = bench.at("state", "api-token"), bench.at("state", "daemon")
        self.assertEqual(stat.S_IMODE(os.stat(address).st_mode), 0o600)
        os.chmod(token, 0o644)
        self.assertIn("others may read the token", run(bench, "resume", "web").stderr)
        os.chmod(token, 0o600)
        with open(token, encoding="utf-8") as f:
            text = f.read()
        with open(token, "w", encoding="utf-8") as f:
            f.write(text.rstrip()[:-8] + "00000000\n")
        done = run(bench, "resume", "web")
        self.assertEqual(done.returncode, 1)
        self.assertIn("systemctl restart tfgrid-compose", done.stderr)
        with open(token, "w", encoding="utf-8") as f:
            f.write(text)
        with open(address, encoding="utf-8") as f:
            right = f.read()
        for wrong in (right.replace("protocol: 1", "protocol: 2"), right.replace("http://127.0.0.1", "http://192.0.2.1"),
                      "", "x" * 20000):
            with open(address, "w", encoding="utf-8") as f:
                f.write(wrong)
            done = run(bench, "resume", "web")
            self.assertEqual(done.returncode, 1, wrong[:80])
            self.assertRegex(done.stderr, "another version|no address of a daemon|too large|bytes")
        with open(address, "w", encoding="utf-8") as f:
            f.write(right)
        self.assertEqual(run(bench, "resume", "web").returncode, 0)
        self.assertEqual(served.end(), 0)
        self.assertFalse(os.path.exists(address))

    def test_who_asked_is_in_the_audit(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        bench.text("suspend", "web", "--reason", "x")
        bench.text("resume", "web")
        bench.text("reconcile")
        entries = json.loads(bench.text("audit", "list", "-o", "json"))["entries"]
        found = {(entry["action"], entry["result"]) for entry in entries}
        for wanted in (("app.suspend", "done"), ("app.resume", "done"), ("reconcile", "accepted")):
            self.assertIn(wanted, found)
        self.assertTrue(all(entry["actor"].startswith("user ") for entry in entries), entries)


if __name__ == "__main__":
    unittest.main()
