"""A Git server over HTTP that is honest, mute, drips, breaks off, or tells something else, as it is told to."""
import http.server
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serve"))
from git_server import Handler  # noqa: E402

LIES = ("mute", "drips", "breaks off", "says 500", "says 401", "shows a login page", "cuts the pack", "never ends")


class LyingHandler(Handler):
    protocol_version = "HTTP/1.0"

    def answer(self, body):
        server = self.server.owner
        how = server.how
        with server.changed:
            server.asked += 1
            server.changed.notify_all()
        try:
            if how == "honest":
                super().answer(body)
            else:
                self.lie(server, how, body)
        except OSError:
            pass  # The other side had enough.

    def lie(self, server, how, body):
        if how == "mute":
            server.told_otherwise.wait()
        elif how == "drips":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n")
            while not server.told_otherwise.wait(0.2):
                self.wfile.write(b"0")
        elif how == "breaks off":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Le")
        elif how in ("says 500", "says 401"):
            self.send_response(int(how[-3:]))
            self.end_headers()
        elif how == "shows a login page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html><form>who are you?</form></html>")
        elif how == "cuts the pack":
            whole = self.wfile
            self.wfile = Cut(whole, 300 if self.command == "POST" else 1 << 30)
            super().answer(body)
            self.wfile = whole
        elif how == "never ends":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n")
            while not server.told_otherwise.is_set():
                self.wfile.write(b"001e# service=git-upload-pack\n" * 1000)


class Cut:
    """A stream that takes so many bytes and no more."""

    def __init__(self, stream, left):
        self.stream, self.left = stream, left

    def write(self, text):
        self.stream.write(text[:self.left])
        self.left = max(0, self.left - len(text))

    def __getattr__(self, name):
        return getattr(self.stream, name)


class LyingGit:
    """Serves the repositories below `folder`; `how` is "honest" or one of LIES."""

    def __init__(self, folder):
        handler = type("FolderHandler", (LyingHandler,), {"folder": folder})
        self.how = "honest"
        self.asked = 0
        self.changed = threading.Condition()
        self.told_otherwise = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.server.owner = self
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def be(self, how):
        self.how = how
        self.told_otherwise.set()  # Who is lied to in the old way is let go.
        self.told_otherwise = threading.Event()

    def await_question(self, after):
        """Until it was asked for more than `after` things."""
        with self.changed:
            self.changed.wait_for(lambda: self.asked > after)

    def close(self):
        self.be("honest")
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
