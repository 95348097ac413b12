"""A daemon that serves a world: on a copy of its settled state, with a webhook for its source."""
import contextlib
import os
import shutil

import configuration
import servers
import webhooks
from world import World


class Served:
    """`folder` is for this daemon only, and gone at the end: its state, its configuration, payloads."""

    def __init__(self, world, folder):
        self.world = world
        self.folder = folder
        self.payloads = os.path.join(folder, "payloads")
        self.daemon = None

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def prepare(self):
        shutil.copytree(self.world.settled(), self.at("state"), symlinks=True)
        os.chmod(self.at("state"), 0o700)
        webhooks.write_payloads(self.payloads)
        port = servers.free_port()
        source = configuration.source(self.world.repository, interval="1h", **webhooks.keys_of_source(self.folder))
        path = configuration.write(self.at("reconciler.yaml"), [source], self.world.at("patterns"),
                                   server={"listen": "127.0.0.1:%d" % port, "trustedProxies": ["127.0.0.1"]})
        self.daemon = servers.Daemon(path, self.at("state"), port)


@contextlib.contextmanager
def prepared(apps):
    """A Served whose daemon is not started yet."""
    world = World(apps)
    served = Served(world, world.scratch("served"))
    try:
        served.prepare()
        yield served
    finally:
        shutil.rmtree(served.folder, ignore_errors=True)


@contextlib.contextmanager
def running(apps):
    """A Served whose daemon runs and has looked at its source."""
    with prepared(apps) as served, served.daemon:
        yield served
