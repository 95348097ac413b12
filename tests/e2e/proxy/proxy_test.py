"""The daemon behind nginx or Caddy: webhooks arrive by TLS, clients are told apart by their own addresses, streams are
not held back, and nothing else is reachable.

usage: proxy_test.py nginx|caddy"""
import hashlib
import hmac
import json
import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serve"))

import daemon  # noqa: E402
from daemon import Bench, app_files  # noqa: E402
from proxies import CERTIFICATE, NAME, Proxy  # noqa: E402

KIND = sys.argv[1]
SECRET = "a secret of the test behind a proxy"


class ProxyBench(Bench):
    def configuration(self, sources=None):
        secret = self.at("hook.secret")
        with open(secret, "w", encoding="utf-8") as f:
            f.write(SECRET)
        os.chmod(secret, 0o600)
        text = super().configuration(sources)
        text = text.replace("server: {", "server: {publicUrl: \"https://%s\", trustedProxies: [127.0.0.1], " % NAME)
        return text.replace("{name: apps,", "{name: apps, webhook: {provider: github, secret: {file: %s}}," % secret)


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.bench = bench = ProxyBench()
        self.addCleanup(bench.remove)
        bench.remote.commit(app_files("web", "web"))
        bench.more.commit(app_files("mail", "mail"))
        self.port = daemon.free_port()
        self.proxy = Proxy(KIND, daemon.ROOT, bench.path, self.port, bench.port)
        self.addCleanup(self.proxy.end)
        self.served = bench.start()
        self.served.wait_line("app applied", "test/web")
        self.proxy.start()
        # Until it listens.
        self.assertEqual(self.ask("/healthz", "--retry", "100", "--retry-connrefused", "--retry-delay", "1")[0], 200)

    def curl(self, path, *more, client="127.0.0.2"):
        return ["curl", "-sS", "--resolve", "%s:%d:127.0.0.1" % (NAME, self.port), "--interface", client, "--cacert",
                self.bench.at(CERTIFICATE), *more, "https://%s:%d%s" % (NAME, self.port, path)]

    def ask(self, path, *more, **options):
        """(status, body)"""
        done = subprocess.run(self.curl(path, "-w", "\n%{http_code}", *more, **options), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=daemon.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr + "".join(self.proxy.said))
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def deliver(self, body, **options):
        with open(self.bench.at("body"), "w", encoding="utf-8") as f:
            f.write(body)
        signature = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).hexdigest()
        return self.ask("/hooks/github/apps", "-H", "Content-Type: application/json", "-H", "X-GitHub-Event: push",
                        "-H", "X-GitHub-Delivery: " + signature[:8], "-H", "X-Hub-Signature-256: sha256=" + signature,
                        "--data-binary", "@" + self.bench.at("body"), **options)

    def push(self, page, filling=""):
        self.bench.remote.commit(app_files("web", "web", page=page))
        return self.deliver(json.dumps({
            "ref": "refs/heads/main", "before": "0" * 40, "after": "1" * 40, "filling": filling, "commits": [],
            "repository": {"full_name": "acme/apps", "clone_url": "https://git.example.org/acme/apps.git"}}))

    def test_a_push_of_any_size_arrives(self):
        for page, size in (("two", 0), ("three", 20_000_000)):
            seen = self.served.mark()
            self.assertEqual(self.push(page, "x" * size)[0], 202)
            self.served.wait_line("app applied", "test/web", after=seen)
            self.assertEqual(self.bench.page("web"), page)
        self.assertEqual(self.push("four", "x" * 27_000_000)[0], 413)

    def test_clients_are_told_apart_by_their_own_addresses(self):
        forged = ("-H", "X-Forwarded-For: 127.0.0.9", "-d", "{}")
        answers = [self.ask("/hooks/github/apps", *forged)[0] for _ in range(11)]
        self.assertEqual(answers, [401] * 10 + [429])
        self.served.wait_line("webhook not authenticated", '"client":"127.0.0.2"')
        self.assertEqual(self.ask("/hooks/github/apps", *forged, client="127.0.0.3")[0], 401)

    def test_streams_are_not_held_back(self):
        token = self.bench.text("token", "create", "--role", "viewer").strip().splitlines()[-1].split()[-1]
        stream = subprocess.Popen(
            self.curl("/api/v1/stream", "-N", "--max-time", str(daemon.PATIENCE), "-H", "Host: " + NAME, "-H", "Authorization: Bearer " + token),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            # An event comes although the answer has no end.
            self.assertEqual(self.push("two")[0], 202)
            lines = iter(stream.stdout.readline, "")
            self.assertTrue(any("test/web" in line for line in lines), "nothing came")
        finally:
            stream.kill()
            stream.communicate()

    def test_nothing_else_is_reachable(self):
        self.assertEqual(self.bench.get("/metrics")[0], 200)
        for path in ("/metrics", "/readyz", "/", "/hooks/../metrics"):
            self.assertEqual(self.ask(path, "--path-as-is")[0], 404, path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
