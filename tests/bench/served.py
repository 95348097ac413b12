"""A daemon that serves a world: on a copy of its settled state, with a webhook for its source."""
import contextlib
import os
import shutil

import configuration
import servers
import webhooks


class Served:
    """`folder` is for this daemon only, and gone at the end: its state, its configuration, payloads."""

    def __init__(self, world, url, settled, folder):
        self.world = world
        self.folder = folder
        self.payloads = self.at("payloads")
        self.state = self.at("state")
        shutil.copytree(settled, self.state, symlinks=True)
        os.chmod(self.state, 0o700)
        webhooks.write_payloads(self.payloads)
        port = servers.free_port()
        source = configuration.source(url, interval="1h", **webhooks.keys_of_source(folder))
        written = configuration.write(self.at("reconciler.yaml"), [source], world.at("patterns"),
                                      server={"listen": "127.0.0.1:%d" % port, "trustedProxies": ["127.0.0.1"]})
        self.daemon = servers.Daemon(written, self.state, port)

    def at(self, *names):
        return os.path.join(self.folder, *names)


@contextlib.contextmanager
def running(world, url=None, state="state"):
    """A Served whose daemon runs. `url`: where its source is, if not on its path; `state`: name of the settled state
    that belongs to it."""
    url = url or world.repository
    settled = world.settled(state, world.configuration(state, branch="main", url=url))
    folder = world.scratch("served-" + state)
    try:
        served = Served(world, url, settled, folder)
        with servers.on_the_other_core(), served.daemon:
            yield served
    finally:
        shutil.rmtree(folder, ignore_errors=True)
