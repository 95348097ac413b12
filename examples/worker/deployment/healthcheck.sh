#!/bin/sh
# Healthy means: the last answer is there and fresh.
set -eu
python3 - "$TFGRID_DATA_DIR/last.json" <<'PYTHON'
import json, os, sys, time
path = sys.argv[1]
if not os.path.exists(path):
    sys.exit("no answer of the API yet")
age = time.time() - os.path.getmtime(path)
if age > 10:
    sys.exit("the last answer of the API is %d s old" % age)
with open(path, encoding="utf-8") as file:
    print("the API says:", json.load(file)["greeting"])
PYTHON
