"""The reconciler.yaml of every bench. JSON is YAML, too."""
import json
import os


def source(url, branch="main", **more):
    """One entry of `sources`; `more`: further keys of it, the name, too."""
    return {"name": "apps", "url": url, "branch": branch, "environment": "test", **more}


def write(path, sources, patterns, **more):
    """Writes the file when it is not there in these words; `more`: further keys at the top. Returns the path."""
    names = sorted({one["environment"] for one in sources})
    content = {"sources": sources, "environments": {name: {"provider": "local"} for name in names},
               "patterns": [patterns], "limits": {"parallelApps": 2}, **more}
    text = json.dumps(content, indent=1) + "\n"
    if not os.path.exists(path) or _read(path) != text:
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    return path


def _read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()
