#!/bin/sh
# Healthy means: what is served is what was rendered. Tried again until it is, for half a minute.
set -eu
curl -fsS --max-time 5 "http://127.0.0.1:$PORT/" | cmp - "$TFGRID_DATA_DIR/www/index.html"
echo "http://127.0.0.1:$PORT/ answers"
