"""Keeps results as JSON lines, so that `all` goes on where it was stopped. Results belong to one binary."""
import hashlib
import json
import os

import cache
import engine


class Results:
    def __init__(self, again=False):
        with open(engine.binary(), "rb") as f:
            digest = hashlib.sha256(f.read()).hexdigest()[:12]
        folder = os.path.join(cache.directory(), "results")
        os.makedirs(folder, exist_ok=True)
        self.path = os.path.join(folder, digest + ".jsonl")
        if again and os.path.exists(self.path):
            os.remove(self.path)
        self._found = {}
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as f:
                for line in f:
                    result = json.loads(line)
                    self._found[result["case"], result["apps"]] = result

    def find(self, case, apps):
        return self._found.get((case, apps))

    def add(self, result):
        self._found[result["case"], result["apps"]] = result
        with open(self.path, "a", encoding="utf-8") as f:
            f.write(json.dumps(result) + "\n")

    def all(self):
        return list(self._found.values())
