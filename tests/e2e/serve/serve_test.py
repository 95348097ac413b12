"""`tfgrid-compose serve` as its users meet it: pushes, hanging hooks, reloads, its end, its death."""
import os
import random
import signal
import socket
import subprocess
import unittest

import daemon
from daemon import Bench, app_files
from git_server import GitServer


class ServeTest(unittest.TestCase):
    def bench(self, **options):
        bench = Bench(**options)
        self.addCleanup(bench.remove)
        return bench

    def test_a_push_is_applied_and_commands_that_look_work_beside_it(self):
        bench = self.bench(interval="5s")
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        served.wait_line("app applied", "test/mail")
        self.assertEqual(bench.get("/healthz")[0], 200)
        self.assertEqual(bench.get("/readyz"), (200, "ok\n"))
        seen = served.mark()
        bench.remote.commit(app_files("web", "web", page="two"))
        served.wait_line("app applied", "test/web", after=seen)
        self.assertEqual(bench.page("web"), "two")
        self.assertEqual(bench.status()["web"]["sync"], "Synced")
        self.assertEqual(served.end(), 0)

    def test_a_second_daemon_and_a_restore_are_told_of_the_first(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        bench.text("backup", bench.at("copy.db"))
        for words in (["serve"], ["restore", bench.at("copy.db"), "--yes"]):
            done = subprocess.run(bench.arguments(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False, timeout=daemon.PATIENCE)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("a daemon works on the state", done.stderr)
            self.assertIn("process %d (tfgrid-compose serve)" % served.process.pid, done.stderr)
            self.assertIn(" since 20", done.stderr)
        self.assertEqual(served.end(), 0)
        bench.text("suspend", "web", "--reason", "x")

    def test_an_app_that_hangs_delays_nobody_else(self):
        bench = self.bench(interval="5s")
        gate = bench.at("gate")
        os.mkfifo(gate)
        bench.remote.commit({**app_files("slow", "slow", configure="read line < %s" % gate),
                             **app_files("web", "web")})
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        served.wait_line("app applied", "test/mail")
        seen = served.mark()
        bench.remote.commit(app_files("web", "web", page="two"))
        bench.more.commit(app_files("mail", "mail", page="two"))
        served.wait_line("app applied", "test/web", after=seen)
        served.wait_line("app applied", "test/mail", after=seen)
        self.assertEqual(bench.page("web"), "two")
        self.assertFalse([line for line in served.lines if "app applied" in line and "test/slow" in line])
        with open(gate, "w", encoding="utf-8") as f:
            f.write("go on\n")
        served.wait_line("app applied", "test/slow")
        self.assertEqual(served.end(), 0)

    def test_sigterm_stops_what_hangs_and_the_next_start_goes_on(self):
        bench = self.bench(limits="limits: {stopGrace: 1s}\n")
        flag = bench.at("go")
        script = 'echo "$$" > %s; test -e %s || sleep 3600' % (bench.at("pid"), flag)
        bench.remote.commit(app_files("slow", "slow", configure=script))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("app applied", "test/mail")
        wait_for_file(bench.at("pid"))
        self.assertEqual(served.end(patience=30), 0)
        with open(bench.at("pid"), encoding="utf-8") as f:
            self.assertFalse(os.path.exists("/proc/%s" % f.read().strip()), "its hook is still there")
        with open(flag, "w", encoding="utf-8"):
            pass
        again = bench.start()
        again.wait_line("app applied", "test/slow")
        self.assertEqual(again.end(), 0)
        self.assertIn("run.recovered", bench.text("events", "-o", "json"))

    def test_it_survives_kill_9_at_work(self):
        bench = self.bench()
        flag = bench.at("go")
        script = 'echo "$$" > %s; test -e %s || sleep 3600' % (bench.at("pid"), flag)
        bench.remote.commit(app_files("slow", "slow", configure=script))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        wait_for_file(bench.at("pid"))
        served.end(signal.SIGKILL)
        bench.more.commit(app_files("mail", "mail", page="two"))  # Nobody is there to hear of it.
        with open(flag, "w", encoding="utf-8"):
            pass
        again = bench.start()
        again.wait_line("app applied", "test/slow")
        daemon.wait_until(lambda: bench.page("mail") == "two")
        self.assertEqual(again.end(), 0)

    def test_a_good_configuration_is_taken_over_and_a_bad_one_is_told(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        only_one = bench.configuration([("apps", bench.remote.path)])
        both = bench.configuration()
        bench.configure(only_one)
        served = bench.start()
        served.wait_line("app applied", "test/web")
        self.assertNotIn("mail", bench.status())
        bench.configure(both.replace("branch: main", "brunch: main", 1))
        at = served.wait_line("daemon.reload_failed")
        self.assertRegex(served.lines[at], r"reconciler\.yaml:3:\d+: unknown key [^\n]*brunch")
        self.assertEqual(bench.get("/readyz")[0], 200)
        bench.configure(both)
        served.wait_line("daemon.reloaded", after=at)
        served.wait_line("app applied", "test/mail", after=at)
        seen = served.mark()
        served.send(signal.SIGHUP)
        served.wait_line("daemon.reloaded", after=seen)
        events = bench.text("events", "-o", "json")
        self.assertIn("daemon.reload_failed", events)
        self.assertEqual(served.end(), 0)

    def test_what_nobody_tells_of_is_found_by_polling(self):
        bench = self.bench(interval="5s")
        chance = random.Random(20261127)
        bench.remote.commit(app_files("web", "web", page="0"))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("app applied", "test/web")
        for number in range(1, 8):
            bench.remote.commit(app_files("web", "web", page=str(number)))
            if chance.random() >= 0.3:  # Of these somebody tells: a reload looks at all sources.
                served.send(signal.SIGHUP)
        daemon.wait_until(lambda: bench.page("web") == "7")
        self.assertEqual(served.end(), 0)

    def test_a_server_that_comes_back_is_found_again(self):
        port = daemon.free_port()
        bench = self.bench(url="http://127.0.0.1:%d/remote.git" % port)
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        served = bench.start()
        served.wait_line("source cannot be read", '"source":"apps"')
        served.wait_line("app applied", "test/mail")
        self.assertEqual(bench.get("/readyz")[0], 200, "a source that fails is no reason to send others away")
        server = GitServer(bench.path, port)
        self.addCleanup(server.close)
        served.wait_line("app applied", "test/web")  # By the retry: the interval is an hour.
        bench.remote.commit(app_files("web", "web", page="two"))
        served.send(signal.SIGHUP)
        daemon.wait_until(lambda: bench.page("web") == "two")
        self.assertEqual(served.end(), 0)

    def test_the_service_manager_is_told(self):
        bench = self.bench()
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        heard = []
        path = bench.at("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(path)
            listener.settimeout(daemon.PATIENCE)
            served = bench.start(environment={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "3000000"})
            while "READY=1" not in heard or "WATCHDOG=1" not in heard:
                heard.append(listener.recv(4096).decode())
            self.assertEqual(served.end(), 0)
            while heard[-1] != "STOPPING=1":
                heard.append(listener.recv(4096).decode())


def wait_for_file(path):
    def filled():
        try:
            return os.path.getsize(path) > 0
        except OSError:
            return False
    daemon.wait_until(filled)


if __name__ == "__main__":
    unittest.main()
