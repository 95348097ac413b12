#!/bin/sh
# Writes the service's configuration, readable for its user only, and (re)starts it. The token goes
# from the hook's environment into that file: it is on no command line and in no log.
set -eu
. ./service.sh

python3 - <<'PYTHON'
import json, os
path = os.environ["TFGRID_DATA_DIR"] + "/config.json"
config = {"port": int(os.environ["PORT"]), "greeting": os.environ["GREETING"],
          "token": os.environ["API_TOKEN"], "version": os.environ["APP_VERSION"]}
with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
    json.dump(config, file)
os.replace(path + ".new", path)
PYTHON
install -m 0644 "$TFGRID_SOURCE_DIR/src/api.py" "$TFGRID_DATA_DIR/api.py"

# The process gets the configuration from the file; it does not need the secret in its environment.
unset API_TOKEN
service_start "$(command -v python3)" "$TFGRID_DATA_DIR/api.py" "$TFGRID_DATA_DIR/config.json"
echo "listening on http://127.0.0.1:$PORT/"
