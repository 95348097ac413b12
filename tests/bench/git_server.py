"""An HTTP server for bare repositories: `git http-backend` behind Python's own server, on threads of this process."""
import http.server
import os
import socket
import ssl
import subprocess
import threading
import time

import children

FIXED_PORT = int(os.environ.get("TFGRID_COMPOSE_BENCH_PORT", "48731"))  # For stores, which hold the URL.


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer(b"")

    def do_POST(self):
        self._answer(self._body())

    def _body(self):
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            parts.append(self.rfile.read(size))
            self.rfile.readline()
            if size == 0:
                return b"".join(parts)

    def _answer(self, body):
        path, _, query = self.path.partition("?")
        environment = children.clean_environment(
            GIT_PROJECT_ROOT=self.server.root, GIT_HTTP_EXPORT_ALL="1", REQUEST_METHOD=self.command, PATH_INFO=path,
            QUERY_STRING=query, CONTENT_TYPE=self.headers.get("Content-Type", ""), CONTENT_LENGTH=str(len(body)),
            HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""), REMOTE_ADDR="127.0.0.1",
            GIT_PROTOCOL=self.headers.get("Git-Protocol", ""), GIT_CONFIG_COUNT="1",
            GIT_CONFIG_KEY_0="safe.directory", GIT_CONFIG_VALUE_0="*")
        with subprocess.Popen(["git", "http-backend"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              env=environment) as backend:
            backend.stdin.write(body)
            backend.stdin.close()
            status = 200
            headers = []
            for line in iter(backend.stdout.readline, b"\r\n"):
                if not line:
                    break
                name, _, value = line.decode().strip().partition(": ")
                if name == "Status":
                    status = int(value.split()[0])
                else:
                    headers.append((name, value))
            self.send_response_only(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for block in iter(lambda: backend.stdout.read1(1 << 18), b""):
                self.wfile.write(b"%x\r\n" % len(block) + block + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def process_request(self, request, client_address):
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().process_request(request, client_address)

    def finish_request(self, request, client_address):
        """Of one connection, on its thread."""
        begun = time.monotonic()
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        try:
            super().finish_request(request, client_address)
        finally:
            self.connections.append((begun, time.monotonic()))

    def handle_error(self, request, client_address):
        pass  # A client that hangs up is nothing to tell of.


class GitServer:
    """Serves the repositories below `root` while it is entered; over TLS, as localhost, when there is a certificate.
    A fixed port keeps URLs the same between runs."""

    def __init__(self, root, port=0, certificate=None, key=None):
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.root = os.path.abspath(root)
        self._server.connections = self.connections = []  # Of each that ended: when it began and when it did.
        self._server.tls = None
        if certificate:
            self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.tls.load_cert_chain(certificate, key)

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def url(self, name):
        host = "https://localhost" if self._server.tls else "http://127.0.0.1"
        return "%s:%d/%s" % (host, self._server.server_address[1], name)
