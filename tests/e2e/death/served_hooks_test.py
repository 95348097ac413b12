"""Webhooks that come as they should not: doubled, in any order, 30 % of them never, again after a restart, ten
thousand at once. What is applied in the end is the newest commit, in few looks and few runs."""
import os
import random
import re
import socket
import sys
import threading
import time
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import invariants  # noqa: E402
import served_rules  # noqa: E402
from ledger import Ledger  # noqa: E402
from served import PATIENCE, ServedWorld, push  # noqa: E402
from suite import SEED, Suite  # noqa: E402

SEEDS = int(os.environ.get("TFGRID_COMPOSE_DEATH_SEEDS", "6"))
BURST = 10_000
CONNECTIONS = 4
LEAST_GAP = 0.5  # Seconds between the beginnings of two looks at one source.


def looks(served):
    """How often it looked at its source."""
    return len(re.findall(r'"message":"(?:nothing new|source moved)"', served.said()))


def most_looks(seconds):
    """So many may begin within a time."""
    return int(seconds / LEAST_GAP) + 2


class ServedHooksTest(Suite):
    ledger = Ledger("death-served-hooks")

    def begin(self, **options):
        world = self.make_world(ServedWorld, **options)
        self.assertEqual(world.run("reconcile").code, 0)
        return world

    def finish(self, world, served, answered):
        """Everything is to come to rest, and the rules are to hold; what is wrong."""
        problems = [] if served.settle() else ["it does not settle: %s" % served.said()[-1000:]]
        before = invariants.remember(world)
        problems += served_rules.after_recovery(world, before, served, served.end())
        return problems + served_rules.answers_are_kept(world, answered)

    # --- In any order

    def history(self, world, served, dice, seed):
        """Some pushes whose deliveries are lost, doubled and shuffled; what was answered."""
        waiting, answered = [], []
        for number in range(dice.randint(2, 4)):
            world.commit({dice.choice(("one", "two")): "%d-%d" % (seed, number)})
            name = "push-%d-%d" % (seed, number)
            if dice.random() >= 0.3:
                waiting += [(name, world.head())] * dice.randint(1, 5)
            dice.shuffle(waiting)
            for _ in range(dice.randint(0, len(waiting))):
                delivered, commit = waiting.pop()
                status = served.deliver(delivered, commit)
                answered += [delivered] if status == 202 else []
                self.assertIn(status, (200, 202))
        for delivered, commit in waiting:
            self.assertIn(served.deliver(delivered, commit), (200, 202))
        return answered

    def test_any_order(self):
        row = self.ledger.row("F12 webhooks doubled, shuffled, 30 % lost, and again after a restart",
                              "the newest commit by the next poll, at most two runs of an app for a commit")
        world = self.begin(interval="1s")
        for seed in range(SEED, SEED + SEEDS):
            dice = random.Random(seed)
            served = world.serve()
            self.assertIsNotNone(served.ready())
            answered = self.history(world, served, dice, seed)
            begin = time.monotonic()
            settled = served.settle()
            seconds = time.monotonic() - begin
            problems = [] if settled else ["it does not settle"]
            problems += self.finish(world, served, answered)
            again = world.serve()
            self.assertIsNotNone(again.ready())
            with world.database() as database:
                rows = invariants.app_rows(database)
            for name in dict.fromkeys(answered):
                self.assertIn(again.deliver(name), (200, 202))
            problems += self.finish(world, again, answered)
            problems += invariants.untouched(world, rows, ["one", "two"])
            row.add("the newest commit was applied" if not problems else "violated", problems, "seed %d" % seed, seconds)
        row.check(self)

    # --- All at once

    def burst(self, world, names, answers):
        """Sends deliveries down one connection without waiting for answers, which are counted by status."""
        commit = world.head()
        with socket.create_connection(("127.0.0.1", world.port), PATIENCE) as connection:
            reader = threading.Thread(target=self.count, args=(connection, len(names), answers))
            reader.start()
            for first in range(0, len(names), 100):
                connection.sendall(b"".join(self.request(name, commit) for name in names[first:first + 100]))
            reader.join()

    def request(self, name, commit):
        body, headers = push(name, commit)
        lines = ["POST /hooks/github/apps HTTP/1.1", "Host: 127.0.0.1", "Content-Length: %d" % len(body)]
        lines += ["%s: %s" % header for header in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()

    def count(self, connection, expected, answers):
        text, seen = b"", 0
        while seen < expected:
            more = connection.recv(1 << 16)
            if not more:
                answers.append("closed")
                return
            text += more
            *whole, text = re.split(rb"(?=HTTP/1\.1 \d)", text)
            for answer in [part for part in whole if part]:
                answers.append(answer[9:12].decode())
                seen += 1
            if seen == expected - 1 and b"\r\n\r\n" in text and text.endswith(b"}\n"):
                answers.append(text[9:12].decode())
                seen += 1

    def test_ten_thousand_at_once(self):
        row = self.ledger.row("F12 %d webhooks at once, half of them doubled, with pushes among them" % BURST,
                              "at most two looks a second, two runs of an app for a commit; a refusal is a 503")
        world = self.begin()
        served = world.serve()
        self.assertIsNotNone(served.ready())
        begin = time.monotonic()
        names = ["burst-%d" % (number if number % 2 else number % 20) for number in range(BURST)]
        answers = []
        share = BURST // CONNECTIONS
        senders = [threading.Thread(target=self.burst, args=(world, names[n * share:(n + 1) * share], answers))
                   for n in range(CONNECTIONS)]
        world.commit({"one": "first"})
        for sender in senders:
            sender.start()
        for number in range(3):
            world.commit({"one": "burst-%d" % number})
            served.deliver("between-%d" % number)
        for sender in senders:
            sender.join()
        sent = time.monotonic() - begin
        world.commit({"one": "last"})
        self.assertIn(served.deliver("last"), (200, 202))
        settled = served.settle()
        seconds = time.monotonic() - begin
        number = looks(served)
        problems = [] if settled else ["it does not settle"]
        problems += self.finish(world, served, ["last"])
        by_status = {status: answers.count(status) for status in set(answers)}
        if set(by_status) - {"200", "202", "503"} or sum(by_status.values()) != BURST:
            problems.append("answers: %s" % by_status)
        if not by_status.get("202"):
            problems.append("none was accepted: %s" % by_status)
        if number > most_looks(seconds):
            problems.append("%d looks in %.1f s" % (number, seconds))
        print("%d webhooks in %.2f s (%.0f/s), %s, %d looks" % (BURST, sent, BURST / sent, by_status, number))
        row.add("converged" if not problems else "violated", problems)
        row.check(self)


if __name__ == "__main__":
    unittest.main()
