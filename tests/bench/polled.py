"""A thousand repositories over HTTPS with one app in each, and a state in which all of them are applied."""
import os
import shutil

import cache
import children
import configuration
import engine
import servers
from git_server import FIXED_PORT, GitServer
from monorepo import AppShape, FastImport

INTERVAL_SECONDS = 60


class PolledWorld:
    def __init__(self, count):
        self.count = count
        self.path = cache.made_once("polled-%d" % count, self._make)

    def at(self, *names):
        return os.path.join(self.path, *names)

    def server(self):
        return GitServer(self.at("git"), FIXED_PORT, self.at("certificate.pem"), self.at("key.pem"))

    def configuration(self, server, port, **more):
        auth = {"caFile": self.at("certificate.pem")}
        sources = [configuration.source(server.url("%04d.git" % i), name="source-%04d" % i,
                                        interval="%ds" % INTERVAL_SECONDS, auth=auth) for i in range(self.count)]
        return configuration.write(self.at("reconciler.yaml"), sources, self.at("patterns"),
                                   server={"listen": "127.0.0.1:%d" % port}, **more)

    def settled(self, server):
        """The state directory; the daemon works in it, since nothing happens there."""
        written = self.configuration(server, servers.free_port())
        state = self.at("state")
        if not os.path.exists(self.at("applied")):
            cache.say("applying %d sources in %s" % (self.count, state))
            shutil.rmtree(state, ignore_errors=True)
            os.makedirs(state, mode=0o700)
            children.run(engine.command(written, state, "reconcile"))
            with open(self.at("applied"), "w", encoding="ascii"):
                pass
        return state

    def _make(self, path):
        servers.need("openssl")
        children.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-days", "3650", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                      "-keyout", os.path.join(path, "key.pem"), "-out", os.path.join(path, "certificate.pem")])
        shutil.copytree(os.path.join(cache.ROOT, "patterns"), os.path.join(path, "patterns"))
        shape = AppShape("flat", brief=True)
        os.mkdir(os.path.join(path, "git"))
        for i in range(self.count):
            git = FastImport(os.path.join(path, "git", "%04d.git" % i))
            git.commit("refs/heads/main", shape.files(i), "one app")
            git.finish()
