"""A client of a running daemon's API for tests: tokens from the command, answers, streams of events."""
import http.client
import json

import daemon


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.type = (response.headers.get("Content-Type") or "").split(";")[0]
        self.text = response.read().decode()

    def json(self):
        return json.loads(self.text)


class Client:
    def __init__(self, bench, token=None):
        self.bench, self.token = bench, token

    def open(self, method, path, body=None, headers=None):
        """The connection, and its answer that nothing was read of."""
        fields = {"Authorization": "Bearer " + self.token} if self.token else {}
        if body is not None:
            fields["Content-Type"] = "application/json"
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        fields.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.bench.port, timeout=daemon.PATIENCE)
        connection.request(method, "/api/v1" + path, body=body, headers=fields)
        return connection, connection.getresponse()

    def send(self, method, path, body=None, headers=None):
        connection, response = self.open(method, path, body, headers)
        try:
            return Answer(response)
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.send("GET", path, headers=headers)

    def post(self, path, body=None, headers=None):
        return self.send("POST", path, body, headers)

    def follow(self, path, last=None):
        return Stream(*self.open("GET", path, headers={"Last-Event-ID": str(last)} if last is not None else None))


class Stream:
    """Server-sent events as they come."""

    def __init__(self, connection, response):
        self.connection, self.response = connection, response
        self.status = response.status

    def next(self):
        """(id, type, data) of the next event; None when the server ends it."""
        fields = {}
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if not line and fields:
                return int(fields["id"]), fields["event"], json.loads(fields["data"])
            if line and not line.startswith(":"):
                name, value = line.split(": ", 1)
                fields[name] = value

    def until(self, wanted):
        """Events up to the first for which `wanted` holds."""
        events = []
        while True:
            event = self.next()
            if event is None:
                raise AssertionError("the stream ended after %r" % (events,))
            events.append(event)
            if wanted(event):
                return events

    def close(self):
        self.response.close()
        self.connection.close()
