#!/bin/sh
# Before the app is removed: its process stops and its unit goes.
set -eu
. ./service.sh
service_remove
echo "stopped"
