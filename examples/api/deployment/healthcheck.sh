#!/bin/sh
# Healthy means: the service that answers is the one that was configured, and the token opens what it
# should. Tried again until it is, for half a minute.
set -eu
python3 - <<'PYTHON'
import json, os, sys, urllib.request

url = "http://127.0.0.1:" + os.environ["PORT"]


def ask(path, headers={}):
    request = urllib.request.Request(url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


try:
    said = ask("/")
    if (said["greeting"], said["version"]) != (os.environ["GREETING"], os.environ["APP_VERSION"]):
        sys.exit("the service still runs with another configuration")
    if not said["token_set"]:
        sys.exit("the service has no token")
    ask("/private", {"Authorization": "Bearer " + os.environ["API_TOKEN"]})
except (OSError, ValueError, KeyError) as error:
    sys.exit("%s/: %s" % (url, error))
print(url + "/ answers")
PYTHON
