"""Git servers that are mute, drip, lie and vanish while the daemon serves other sources: those go on, what is known
of the others stays and can be worked with, and when the servers are honest again all is put right."""
import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
import served_rules  # noqa: E402
from ledger import Ledger  # noqa: E402
from lying_git import LIES, LyingGit  # noqa: E402
from served import ServedWorld  # noqa: E402
from world import Remote  # noqa: E402

LEDGER = Ledger("death-served-git")


class FarWorld(ServedWorld):
    """One source on a path, and some on servers of their own; the app of far source n is called "far-n"."""

    def __init__(self, count, timeout, **options):
        self.servers, self.remotes = [], []
        self.timeout = timeout
        self.count = count
        super().__init__(**options)

    def sources(self):
        text = super().sources()
        for number in range(self.count):
            folder = self.at("far-%d" % number)
            os.mkdir(folder)
            self.remotes.append(Remote(os.path.join(folder, "far.git")))
            self.servers.append(LyingGit(folder))
            text += ("  - {name: far-%d, url: \"http://127.0.0.1:%d/far.git\", branch: main, environment: test, "
                     "interval: 1h, timeout: %s, webhookMatch: [\"https://git.example.org/acme/apps.git\"], "
                     "webhook: {provider: github, secret: {file: %s}}}\n" % (
                         number, self.servers[number].port, self.timeout, self.at("hook.secret")))
        return text

    def commit_far(self, number, setting):
        app = "far-%d" % number
        self.remotes[number].commit(self.files(app, setting))
        self.settings[app] = setting

    def remove(self):
        for server in self.servers:
            server.close()
        super().remove()


class ServedGitTest(unittest.TestCase):
    @classmethod
    def tearDownClass(cls):
        LEDGER.save()

    def make_world(self, *arguments, **options):
        world = FarWorld(*arguments, **options)
        self.addCleanup(world.remove)
        self.addCleanup(world.kill_all)
        for number in range(world.count):
            world.commit_far(number, "1")
        return world

    def finish(self, world, served):
        before = invariants.remember(world)
        return served_rules.after_recovery(world, before, served, served.end())

    def test_lying_servers(self):
        row = {lie: LEDGER.row("F9 daemon: a server that %s" % lie if lie != "mute" else "F9 daemon: a mute server",
                               "others on time, the last good stays, right again by itself") for lie in LIES}
        world = self.make_world(len(LIES), "2s")
        served = world.serve()
        self.assertTrue(served.settle(), served.said()[-2000:])
        for number, lie in enumerate(LIES):
            world.servers[number].be(lie)
            world.commit_far(number, "2")
            self.assertEqual(served.deliver("far-%d" % number, "1" * 40, source="far-%d" % number), 202)
        problems = {lie: [] for lie in LIES}
        # Others go on meanwhile, also what is known of the liars is there to be worked with.
        world.commit({"one": "2"})
        self.assertEqual(served.deliver("one"), 202)
        self.assertTrue(served.until(lambda: world.says("one", "2")), "an honest source waits for liars")
        self.assertEqual(served.ask("GET", "/readyz")[0], 200)
        for number, lie in enumerate(LIES):
            if not served.until(lambda: served.source_error("far-%d" % number)):
                problems[lie].append("nothing is told of it")
            if not world.says("far-%d" % number, "1"):
                problems[lie].append("the last good is gone")
        for server in world.servers:
            server.be("honest")
        settled = served.settle()
        for number, lie in enumerate(LIES):
            if not settled and not world.says("far-%d" % number, "2"):
                problems[lie].append("it does not recover: %s" % served.said()[-600:])
            if not settled or served.source_error("far-%d" % number):
                problems[lie].append("its error stays")
        after = self.finish(world, served)
        for lie in LIES:
            problems[lie] += after
            row[lie].add("last good kept, right again by itself" if not problems[lie] else "violated", problems[lie])
            row[lie].check(self)

    def test_work_beside_a_mute_server(self):
        row = LEDGER.row("F9 daemon: apps of a source whose server is mute are rolled back, resumed and taken up",
                         "nobody waits for the fetch")
        world = self.make_world(1, "10m")
        served = world.serve()
        self.assertTrue(served.settle(), served.said()[-2000:])
        world.commit_far(0, "2")
        self.assertEqual(served.deliver("two", source="far-0"), 202)
        self.assertTrue(served.settle(), served.said()[-2000:])
        asked = world.servers[0].asked
        world.servers[0].be("mute")
        self.assertEqual(served.deliver("three", source="far-0"), 202)
        world.servers[0].await_question(asked)
        problems = []
        for what, document, setting in (("rollback", {"to": 1}, "1"), ("resume", {}, "2")):
            status, answer = served.api("POST", "/apps/test/far-0/" + what, document)
            if status not in (200, 202) or not served.until(lambda: world.says("far-0", setting)):
                problems.append("%s: %s %s" % (what, status, answer))
        if served.end() != 0:  # In the middle of the fetch.
            problems.append("it does not end beside a mute server: %s" % served.said()[-1000:])
        world.servers[0].be("honest")
        again = world.serve()
        if not again.settle():
            problems.append("it does not settle: %s" % again.said()[-1000:])
        problems += self.finish(world, again)
        row.add("went on" if not problems else "violated", problems)
        row.check(self)

    def test_a_server_that_is_gone_for_a_while(self):
        row = LEDGER.row("F9 daemon: repositories that vanish and come back", "right again by itself")
        world = self.make_world(1, "2s")
        served = world.serve()
        self.assertTrue(served.settle(), served.said()[-2000:])
        hidden = world.at("hidden")
        os.rename(world.remotes[0].path, hidden)
        os.rename(world.remote.path, world.at("hidden-too"))
        for source in ("apps", "far-0"):
            self.assertEqual(served.deliver("gone-" + source, "2" * 40, source=source), 202)
        problems = ["nothing is told of %s" % source for source in ("apps", "far-0")
                    if not served.until(lambda: served.source_error(source))]
        problems += ["the last good is gone" for app in world.settings if not world.says(app, "1")]
        os.rename(hidden, world.remotes[0].path)
        os.rename(world.at("hidden-too"), world.remote.path)
        world.commit({"two": "2"})
        if not served.settle():
            problems.append("it does not settle: %s" % served.said()[-1000:])
        problems += self.finish(world, served)
        row.add("right again by itself" if not problems else "violated", problems)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
