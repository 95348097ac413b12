"""Installing, upgrading, removing and purging the package where no systemd runs, by dpkg itself and with the scripts
of the package: what is recorded of apps survives all of it."""
import sys
import unittest

import machine
import package
from package import CONFIG, NAME, STATE

AS_DAEMON = "runuser -u tfgrid-compose -- "

# A daemon with the packaged configuration, until it is ready, and its end in good order.
SERVE = AS_DAEMON + """tfgrid-compose serve --config %s 2>/root/serve.log & daemon=$!
curl -sS --fail-with-body --retry 120 --retry-connrefused --retry-delay 1 http://127.0.0.1:8420/readyz
kill -TERM $(pgrep -o -x -u tfgrid-compose tfgrid-compose)
wait $daemon
grep daemon.started /root/serve.log
""" % CONFIG

DEPLOY = "install -d -o tfgrid-compose /srv/hello\n" + AS_DAEMON + """tfgrid-compose init /srv/hello
cd /srv
%stfgrid-compose up /srv/hello""" % AS_DAEMON


class InstallTest(unittest.TestCase):
    def setUp(self):
        self.machine = machine.Machine()
        self.addCleanup(self.machine.remove)
        self.machine.put("/root/first.deb", package.path())
        self.machine.put("/root/second.deb", package.with_version("99.0.0", self.machine.folder))

    def run_in_it(self, script, expect=0):
        return self.machine.run(script, expect)

    def test_what_runs_where_survives_everything(self):
        run = self.run_in_it
        run("dpkg --force-unsafe-io -i /root/first.deb")
        self.assertEqual(run("stat -c '%%a %%U:%%G' %s" % STATE), "700 tfgrid-compose:tfgrid-compose")
        self.assertRegex(run("getent passwd tfgrid-compose"), r":%s:/usr/sbin/nologin$" % STATE)
        self.assertEqual(run("stat -c '%%a %%U:%%G' %s" % CONFIG), "644 root:root")
        self.assertEqual(run("cd /home; runuser -u nobody -- tfgrid-compose version").split()[:2], [NAME, package.version()])
        self.assertIn("/usr/share/tfgrid-compose/patterns", run("runuser -u nobody -- tfgrid-compose patterns"))
        self.assertIn(" 0 failed.", run("chmod 700 /root; cd /root; %s tfgrid-compose doctor" % AS_DAEMON))
        self.assertRegex(run(SERVE), r"^ok\n")
        run(DEPLOY)
        self.assertIn("default/hello  Synced", self.status())
        for command in ("status", "reconcile"):
            run("tfgrid-compose " + command, expect=1)
            self.assertIn("sudo -u tfgrid-compose tfgrid-compose", self.machine.errors)

        run("printf '# mine\\n' >> %s; dpkg --force-unsafe-io -i /root/second.deb" % CONFIG)
        self.assertIn("Version: 99.0.0", run("dpkg -s tfgrid-compose"))
        self.assertEqual(run("tail -n 1 " + CONFIG), "# mine")
        self.assertIn("default/hello  Synced", self.status())

        run("dpkg --force-unsafe-io -r tfgrid-compose")
        run("test ! -e /usr/bin/tfgrid-compose; test ! -e /usr/share/tfgrid-compose; test -s %s" % CONFIG)
        self.assert_state_is_there()

        run("dpkg --force-unsafe-io -P tfgrid-compose")
        self.assertIn("%s is kept" % STATE, self.machine.errors)
        run("test ! -e /etc/tfgrid-compose")
        self.assert_state_is_there()

        run("dpkg --force-unsafe-io -i /root/first.deb")
        self.assertIn("default/hello  Synced", self.status())

    def status(self):
        return self.run_in_it(AS_DAEMON + "tfgrid-compose status")

    def assert_state_is_there(self):
        self.assertEqual(self.run_in_it("stat -c '%%U' %s/state.db %s/key" % (STATE, STATE)).split(), [NAME, NAME])

    def test_nothing_stays_of_what_was_never_used(self):
        self.run_in_it("dpkg --force-unsafe-io -i /root/first.deb")
        self.run_in_it("systemctl enable tfgrid-compose")
        self.run_in_it("test -L /etc/systemd/system/multi-user.target.wants/tfgrid-compose.service")
        self.run_in_it("dpkg --force-unsafe-io -P tfgrid-compose")
        self.assertNotIn("is kept", self.machine.errors)
        self.run_in_it("test ! -e /etc/tfgrid-compose; test ! -e %s; test ! -e /var/cache/tfgrid-compose" % STATE)
        self.run_in_it("test ! -L /etc/systemd/system/multi-user.target.wants/tfgrid-compose.service")


if __name__ == "__main__":
    machine.need("dpkg", "curl", "runuser", "systemctl")
    unittest.main(argv=sys.argv[:1], verbosity=2)
