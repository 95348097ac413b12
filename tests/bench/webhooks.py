"""Pushes as GitHub sends them: bodies of 20 KB, each another one, signed."""
import hashlib
import hmac
import json
import os

SECRET = "bench-bench-bench-bench"
REPOSITORY = "https://git.example.org/acme/apps"  # What payloads call the source, wherever it is.
PATH = "/hooks/github/apps"
PAYLOADS = 32


def keys_of_source(folder):
    """What a source's entry of the configuration needs; its secret is kept in `folder`."""
    path = os.path.join(folder, "webhook.secret")
    with open(path, "w", encoding="ascii") as f:
        f.write(SECRET + "\n")
    os.chmod(path, 0o600)
    return {"webhook": {"provider": "github", "secret": {"file": path}}, "webhookMatch": [REPOSITORY]}


def _commit(number):
    who = {"name": "Bench", "email": "bench@example.invalid", "username": "bench"}
    digest = hashlib.sha1(b"%d" % number).hexdigest()
    return {"id": digest, "tree_id": digest[::-1], "distinct": True, "message": "Change %d of the service" % number,
            "timestamp": "2026-01-01T00:00:00+00:00", "url": "%s/commit/%s" % (REPOSITORY, digest), "author": who,
            "committer": who, "added": [], "removed": [],
            "modified": ["apps/%02x/app%06d/tfgrid-compose.yaml" % (k % 256, k) for k in range(number, number + 8)]}


def push(number, branch="main"):
    """The body of a push of some commits."""
    commits = [_commit(number * 100 + k) for k in range(20)]
    owner = {"name": "acme", "login": "acme", "id": 7, "type": "Organization", "site_admin": False}
    return json.dumps({
        "ref": "refs/heads/" + branch, "before": commits[0]["id"], "after": commits[-1]["id"], "created": False,
        "deleted": False, "forced": False, "base_ref": None, "compare": REPOSITORY + "/compare",
        "repository": {"id": 42, "name": "apps", "full_name": "acme/apps", "private": True, "owner": owner,
                       "html_url": REPOSITORY, "url": REPOSITORY, "clone_url": REPOSITORY + ".git",
                       "ssh_url": "git@git.example.org:acme/apps.git", "default_branch": "main"},
        "pusher": {"name": "bench", "email": "bench@example.invalid"}, "sender": owner, "commits": commits,
        "head_commit": commits[-1]}).encode()


def signature(body):
    return hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def headers(body, delivery):
    return {"Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": delivery,
            "X-Hub-Signature-256": "sha256=" + signature(body)}


def write_payloads(folder):
    """PAYLOADS of them, as load/deliver.lua reads them."""
    os.makedirs(folder, exist_ok=True)
    for number in range(1, PAYLOADS + 1):
        body = push(number)
        with open(os.path.join(folder, "%d.body" % number), "wb") as f:
            f.write(body)
        with open(os.path.join(folder, "%d.signature" % number), "w", encoding="ascii") as f:
            f.write(signature(body))
