#!/bin/sh
# (Re)starts the worker. The last answer goes, so that the health check waits for a new one; the list
# of greetings stays: the data directory outlives updates.
set -eu
. ./service.sh
service_stop
rm -f "$TFGRID_DATA_DIR/last.json"
install -m 0644 "$TFGRID_SOURCE_DIR/src/worker.py" "$TFGRID_DATA_DIR/worker.py"
service_start "$(command -v python3)" "$TFGRID_DATA_DIR/worker.py" "$API_URL" "$TFGRID_DATA_DIR"
echo "asking $API_URL"
