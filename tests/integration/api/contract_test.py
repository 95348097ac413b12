#!/usr/bin/env python3
"""docs/openapi.json and the running API say the same: every path, method and answer of the document
is asked for, requests are made from its schemas, rightly and wrongly, and every answer is checked
against the schema that the document gives for it.

usage: contract_test.py API_SERVER
"""
import http.client
import json
import os
import subprocess
import sys
import unittest

import jsonschema

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
SERVER = sys.argv.pop() if len(sys.argv) > 1 else ""
METHODS = ("get", "post", "put", "delete", "patch")
# Answers that need a busy machine or a crash, which this test does not make; unit tests do.
NOT_MADE = {("/reconcile", "409"), ("/up", "409"), ("/apps/{environment}/{name}/rollback", "409"),
            ("/apps/{environment}/{name}/down", "409")}


def load_document():
    with open(os.path.join(ROOT, "docs/openapi.json"), encoding="utf-8") as file:
        return json.load(file)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.type = (response.headers.get("Content-Type") or "").split(";")[0]
        # A stream does not end by itself: what it begins with is enough.
        self.text = response.read(13) if self.type == "text/event-stream" else response.read()

    def json(self):
        return json.loads(self.text)


class Contract(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = load_document()
        cls.process = subprocess.Popen([SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started = json.loads(cls.process.stdout.readline())
        cls.port, cls.tokens = started["port"], started["tokens"]
        cls.seen = set()

    @classmethod
    def tearDownClass(cls):
        cls.process.stdin.close()
        cls.process.wait()
        cls.process.stdout.close()

    def tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        self.assertEqual(self.process.stdout.readline(), "ok\n")

    def send(self, method, path, token="admin", body=None, headers=None):
        fields = {"Authorization": "Bearer " + self.tokens[token]} if token else {}
        if body is not None:
            fields["Content-Type"] = "application/json"
        fields.update(headers or {})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method.upper(), "/api/v1" + path, body=body, headers=fields)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method, operation

    def filled(self, path):
        return path.replace("{environment}", "production").replace("{name}", "web").replace("{id}", "1")

    def good_body(self, operation):
        if "requestBody" not in operation:
            return None
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return json.dumps({name: self.good_value(schema["properties"][name]) for name in schema["required"]})

    def good_value(self, schema):
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("pattern") == "^/":
            return "/srv/web"
        return {"string": "web", "integer": 1, "boolean": True, "array": []}[schema["type"]]

    def check(self, path, method, answer, status=None):
        """The answer is one that the document knows, and looks as it says."""
        where = "%s %s -> %d %s" % (method, path, answer.status, answer.text[:300])
        if status is not None:
            self.assertEqual(str(answer.status), status, where)
        responses = self.document["paths"][path][method]["responses"]
        self.assertIn(str(answer.status), responses, where)
        response = responses[str(answer.status)]
        if "$ref" in response:
            response = self.document["components"]["responses"][response["$ref"].split("/")[-1]]
        self.assertIn(answer.type, response["content"], where)
        for header in response.get("headers", {}):
            if header != "Retry-After":
                self.assertIsNotNone(answer.headers.get(header), where + " lacks " + header)
        if answer.type != "text/event-stream":
            self.validate(response["content"][answer.type]["schema"], answer.json(), where)
        else:
            self.assertEqual(answer.text, b": connected\n\n", where)
        if answer.status >= 400:
            self.assertEqual(answer.json()["status"], answer.status)
            self.assertEqual(answer.json()["request_id"], answer.headers["X-Request-Id"], where)
            self.assertNotIn(b"canary", answer.text, where)
        self.seen.add((path, method, str(answer.status)))

    def validate(self, schema, value, where):
        whole = dict(schema, components=self.document["components"])
        validator = jsonschema.Draft202012Validator(whole)
        problems = ["%s: %s" % ("/".join(map(str, e.path)), e.message) for e in validator.iter_errors(value)]
        self.assertEqual(problems, [], where)

    def test_1_the_document_is_one_and_is_served(self):
        answer = self.send("get", "/openapi.json", token=None)
        self.assertEqual(answer.json(), self.document)
        for name, schema in self.document["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            if schema.get("type") == "object":
                self.assertIs(schema["additionalProperties"], False, name)
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_2_right_requests(self):
        # Operation 1, which is looked at below.
        self.check("/reconcile", "post", self.send("post", "/reconcile", body="{}"), "202")
        for path, method, operation in self.operations():
            answer = self.send(method, self.filled(path), body=self.good_body(operation))
            wanted = next(status for status in operation["responses"] if status < "300")
            self.check(path, method, answer, wanted)
            for parameter in operation["parameters"]:
                schema = parameter["schema"]
                if parameter["in"] != "query" or parameter["name"] in ("cursor", "name", "environment"):
                    continue
                values = schema.get("enum") or [schema.get("minimum", 1)] if schema.get("type") == "integer" else \
                    schema.get("enum", ["true"] if schema.get("type") == "boolean" else ["web"])
                for value in values:
                    query = "?%s=%s" % (parameter["name"], value)
                    self.check(path, method, self.send(method, self.filled(path) + query), wanted)
        first = self.send("get", "/apps?limit=1").json()
        self.check("/apps", "get", self.send("get", "/apps?limit=1&cursor=" + first["next"]), "200")
        self.check("/runs/{id}/log", "get", self.send("get", "/runs/1/log?follow=true"), "200")

    def test_3_who_may_not(self):
        for path, method, operation in self.operations():
            body = self.good_body(operation)
            if operation["x-role"] == "none":
                continue
            self.tell("wait")
            self.check(path, method, self.send(method, self.filled(path), token=None, body=body), "401")
            origin = {"Origin": "https://evil.example"}
            self.check(path, method, self.send(method, self.filled(path), body=body, headers=origin), "403")
            if operation["x-role"] != "viewer":
                self.check(path, method, self.send(method, self.filled(path), token="viewer", body=body), "403")
        for _ in range(10):
            self.send("get", "/apps", token=None)
        for path, method, operation in self.operations():
            if operation["x-role"] != "none":
                self.check(path, method, self.send(method, self.filled(path), token=None), "429")

    def test_4_what_is_not_there(self):
        for path, method, operation in self.operations():
            body = self.good_body(operation)
            for other in METHODS:
                if other not in self.document["paths"][path]:
                    answer = self.send(other, self.filled(path))
                    self.assertEqual(answer.status, 405)
                    self.assertEqual(answer.headers["Allow"], method.upper())
                    self.validate({"$ref": "#/components/schemas/Problem"}, answer.json(), path)
                    self.seen.add((path, method, "405"))
            if "{" in path:
                gone = path.replace("{environment}", "none").replace("{name}", "none").replace("{id}", "987")
                self.check(path, method, self.send(method, gone, body=body), "404")
                for word in ("%2e%2e%2f", "..%00", "UPPER", "a" * 4000):
                    odd = path.replace("{environment}", word).replace("{name}", word).replace("{id}", word)
                    self.assertIn(self.send(method, odd, body=body).status, (400, 404), odd[:80])

    def test_5_wrong_queries(self):
        wrong = {"integer": ["0", "-1", "1.5", "x", "", "99999999999999999999"], "boolean": ["1", "", "TRUE"]}
        for path, method, operation in self.operations():
            if operation["x-role"] == "none" or method != "get":
                continue
            token = self.tokens["admin"]
            self.check(path, method, self.send(method, self.filled(path) + "?token=" + token), "400")
            answer = self.send(method, self.filled(path) + "?colour=red")
            self.check(path, method, answer, "422")
            self.assertEqual(answer.json()["field"], "colour")
            for parameter in operation["parameters"]:
                schema, name = parameter["schema"], parameter["name"]
                if parameter["in"] != "query":
                    continue
                values = [value for value in wrong.get(schema.get("type"), [])
                          if not (value == "0" and schema.get("minimum") == 0)]
                if "enum" in schema or "pattern" in schema:
                    values = ["", "no_such", "A B".replace(" ", "%20"), "%3Cscript%3E"]
                if schema.get("maximum"):
                    values = values + [str(schema["maximum"] + 1)]
                for value in values:
                    answer = self.send(method, "%s?%s=%s" % (self.filled(path), name, value))
                    self.check(path, method, answer, "422")
                    self.assertEqual(answer.json()["field"], name)

    def test_6_wrong_bodies(self):
        kinds = ["text", 1, 1.5, True, None, ["a", 1], {}, -1, "", "../x", "x" * 2000]
        for path, method, operation in self.operations():
            if "requestBody" not in operation:
                continue
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            validator = jsonschema.Draft202012Validator(schema)
            target = self.filled(path)
            for text in ("{", "[]", "nul", '{"a":1}}', '{"a":1,"a":1}', "[" * 100000):
                answer = self.send(method, target, body=text if len(text) < 60000 else text[:60000])
                self.assertIn(answer.status, (400, 422), text[:40])
                self.check(path, method, answer)
            self.check(path, method, self.send(method, target, body="{"), "400")
            self.check(path, method, self.send(method, target, body='{"unknown":1}'), "422")
            self.check(path, method, self.send(method, target, body="x" * 70000), "413")
            self.check(path, method, self.send(method, target, body="{}", headers={"Content-Type": "text/plain"}), "415")
            for name in schema["properties"]:
                for value in kinds:
                    body = dict(json.loads(self.good_body(operation)), **{name: value})
                    answer = self.send(method, target, body=json.dumps(body))
                    if validator.is_valid(body):
                        self.check(path, method, answer)
                        # The document cannot say everything about names of apps.
                        self.assertIn(answer.status, (200, 202, 422), (name, value))
                    else:
                        self.check(path, method, answer, "422")
                        self.assertEqual(answer.json()["field"], name)

    def test_7_preconditions_and_keys(self):
        for path, method, operation in self.operations():
            if "requestBody" not in operation:
                continue
            names = [parameter["name"] for parameter in operation["parameters"]]
            body, target = self.good_body(operation), self.filled(path)
            if "If-Match" in names:
                self.check(path, method, self.send(method, target, body=body, headers={"If-Match": '"999"'}), "412")
            key = {"Idempotency-Key": operation["operationId"]}
            first = self.send(method, target, body=body, headers=key)
            again = self.send(method, target, body=body, headers=key)
            self.assertEqual((first.status, first.text), (again.status, again.text))
            self.check(path, method, self.send(method, target, body=body, headers={"Idempotency-Key": "x" * 201}), "422")

    def test_8_refusals(self):
        self.tell("refuse conflict")
        for path, method, operation in self.operations():
            if "requestBody" in operation:
                body = json.loads(self.good_body(operation))
                if "dryRun" in operation["requestBody"]["content"]["application/json"]["schema"]["properties"]:
                    body["dryRun"] = True
                answer = self.send(method, self.filled(path), body=json.dumps(dict(body)))
                self.check(path, method, answer)
        self.tell("agree")
        self.tell("suspend")
        path = "/apps/{environment}/{name}/reconcile"
        self.check(path, "post", self.send("post", self.filled(path)), "409")

    def test_9_every_answer_was_seen(self):
        missing = []
        for path, method, operation in self.operations():
            for status in operation["responses"]:
                if status == "503" or (path, status) in NOT_MADE or operation["x-role"] == "none":
                    continue
                if status == "404" and "{" not in path:
                    continue
                if (path, method, status) not in self.seen:
                    missing.append((path, method, status))
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
