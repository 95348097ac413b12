"""A small HTTP service. `/` says the greeting and whether a token is set; `/private` needs the token.
usage: api.py CONFIG.json"""
import hmac
import http.server
import json
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


class Handler(http.server.BaseHTTPRequestHandler):
    config = {}

    def do_GET(self):
        if self.path == "/":
            self.answer(200, {"greeting": self.config["greeting"], "version": self.config["version"],
                              "token_set": bool(self.config["token"])})
        elif self.path == "/healthz":
            self.answer(200, {"healthy": True})
        elif self.path == "/private":
            given = self.headers.get("Authorization", "")
            good = hmac.compare_digest(given.encode(), ("Bearer " + self.config["token"]).encode())
            self.answer(200 if good else 401, {"allowed": good})
        else:
            self.answer(404, {"error": "no such path"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    Handler.config = load(sys.argv[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", Handler.config["port"]), Handler)
    server.serve_forever()
