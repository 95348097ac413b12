"""Servers that are measured while they run: the engine's daemon and nginx, both on the first processor; what loads
them runs on the last one."""
import contextlib
import ctypes
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time

import cache
import children
import engine

PATIENCE = 120  # Seconds until a server that does not answer counts as broken.
SERVER_CORE = min(os.sched_getaffinity(0))
CLIENT_CORE = max(os.sched_getaffinity(0))
_TICK_MS = 1000.0 / os.sysconf("SC_CLK_TCK")
_PROCESS_CLOCK = 2  # The clock of another process, as clock_getcpuclockid(3) numbers it.
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def pinned(core):
    """For Popen: the child has this core only, and goes when the bench is killed."""
    def prepare():
        os.sched_setaffinity(0, {core})
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    return prepare


@contextlib.contextmanager
def on_the_other_core():
    """What this process and its children do meanwhile stays off the servers' processor."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {CLIENT_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def request(port, method, path, body=None, headers=None):
    """(status, body) of one request on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def need(program):
    if shutil.which(program) is None:
        raise RuntimeError("there is no %s; scripts/setup --tests installs it" % program)


class Server:
    """A process that listens on `port`; entered, it runs and answers."""

    def __init__(self, port):
        self.port = port
        self._process = None

    def argv(self):
        raise NotImplementedError

    def ready_path(self):
        raise NotImplementedError

    def __enter__(self):
        self.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def start(self):
        self._process = subprocess.Popen(self.argv(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, env=children.clean_environment(),
                                         preexec_fn=pinned(SERVER_CORE))

    def kill(self):
        self._process.kill()
        self._process.wait()

    def _wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise RuntimeError("exit code %d from: %s" % (self._process.returncode, " ".join(self.argv())))
            with contextlib.suppress(OSError, http.client.HTTPException):
                if request(self.port, "GET", self.ready_path())[0] == 200:
                    return
            time.sleep(0.005)
        raise RuntimeError("no answer from: " + " ".join(self.argv()))

    def url(self, path):
        return "http://127.0.0.1:%d%s" % (self.port, path)

    def cpu_ms(self):
        """The processor's time that it and its children have taken, also those that live on and work for it."""
        pid = self._process.pid
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rpartition(")")[2].split()
        own = time.clock_gettime_ns((~pid << 3) | _PROCESS_CLOCK) / 1e6
        ended = sum(int(field) for field in fields[13:15])
        return own + (ended + children.ticks_of_living(pid)) * _TICK_MS

    def anonymous_mib(self):
        """RssAnon of it and of its children."""
        return children.anonymous_kib_of_family(self._process.pid) / 1024

    def bytes_written(self):
        """What it has sent to disks so far."""
        with open("/proc/%d/io" % self._process.pid, encoding="ascii") as f:
            return int(dict(line.split(": ") for line in f)["write_bytes"])


class Daemon(Server):
    """`serve`, with a state directory that it may change."""

    def __init__(self, configuration, state, port):
        super().__init__(port)
        self._configuration = configuration
        self._state = state

    def argv(self):
        return engine.command(self._configuration, self._state, "serve")

    def ready_path(self):
        return "/readyz"

    def token(self):
        """A new token that may look."""
        return children.run(engine.command(self._configuration, self._state, "token", "create", "--role", "viewer",
                                           "--name", "bench")).strip()

    def metrics(self):
        """Name with labels → value."""
        status, body = request(self.port, "GET", "/metrics")
        if status != 200:
            raise RuntimeError("/metrics answers %d" % status)
        lines = (line.rpartition(" ") for line in body.decode().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}


_NGINX = """daemon off;
master_process off;
worker_processes 1;
pid %(path)s/pid;
error_log /dev/null crit;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path %(path)s/body;
  proxy_temp_path %(path)s/proxy;
  fastcgi_temp_path %(path)s/fastcgi;
  uwsgi_temp_path %(path)s/uwsgi;
  scgi_temp_path %(path)s/scgi;
  client_max_body_size 30m;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:%(port)d backlog=1024;
    location /discard { return 204; }
    location / { root %(path)s/files; }
  }
}
"""


class Nginx(Server):
    """nginx with one worker: takes and forgets what is posted to /discard, serves a file of 1 KB as /kilobyte."""

    def __init__(self):
        need("nginx")
        super().__init__(free_port())
        self._path = os.path.join(cache.directory(), "nginx")

    def argv(self):
        return ["nginx", "-p", self._path, "-c", "nginx.conf"]

    def ready_path(self):
        return "/kilobyte"

    def __enter__(self):
        shutil.rmtree(self._path, ignore_errors=True)
        os.makedirs(os.path.join(self._path, "files"))
        try:
            with open(os.path.join(self._path, "files", "kilobyte"), "w", encoding="ascii") as f:
                f.write("x" * 1024)
            with open(os.path.join(self._path, "nginx.conf"), "w", encoding="ascii") as f:
                f.write(_NGINX % {"path": self._path, "port": self.port})
            return super().__enter__()
        except BaseException:
            shutil.rmtree(self._path, ignore_errors=True)
            raise

    def __exit__(self, *reason):
        super().__exit__(*reason)
        shutil.rmtree(self._path, ignore_errors=True)
