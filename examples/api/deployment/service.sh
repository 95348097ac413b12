# Starts and stops the app's process. To be sourced by the hooks.
#
# Where systemd runs and we are root it is a unit that comes back after a reboot; elsewhere it is a
# process in a session of its own, whose pid is kept in the data directory. Both carry
# TFGRID_APP_ROOT, so that `down` finds what teardown.sh could not stop.

service_unit="tfgrid-$TFGRID_ENVIRONMENT-$TFGRID_APP_NAME.service"
service_file="/etc/systemd/system/$service_unit"
service_pid="$TFGRID_DATA_DIR/service.pid"
service_log="$TFGRID_DATA_DIR/service.log"

service_has_systemd() {
  [ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] && command -v systemctl >/dev/null
}

# The process in the pid file, if it is still ours: ids are used again.
service_running() {
  [ -s "$service_pid" ] || return 1
  pid=$(cat "$service_pid")
  tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qxF "TFGRID_APP_ROOT=$TFGRID_APP_ROOT"
}

# service_start PROGRAM ARGUMENT...: starts it, or starts it again.
service_start() {
  service_stop
  if service_has_systemd; then
    service_write_unit "$@"
    systemctl daemon-reload
    systemctl enable --quiet "$service_unit"
    systemctl restart "$service_unit"
  else
    # The log is started afresh, so it cannot grow over the years.
    setsid sh -c 'echo $$ >"$0"; exec "$@"' "$service_pid" "$@" \
      </dev/null >"$service_log" 2>&1 &
    # Whoever stops it next needs the pid.
    while [ ! -s "$service_pid" ]; do sleep 0.1; done
  fi
}

service_write_unit() {
  command=
  for word in "$@"; do command="$command \"$word\""; done
  cat >"$service_file" <<UNIT
[Unit]
Description=$TFGRID_APP_NAME ($TFGRID_ENVIRONMENT)
After=network.target

[Service]
ExecStart=$command
Environment="TFGRID_APP_ROOT=$TFGRID_APP_ROOT" "TFGRID_DATA_DIR=$TFGRID_DATA_DIR"
Restart=on-failure

[Install]
WantedBy=multi-user.target
UNIT
}

# Stops it and waits until it is gone. Fine when it does not run.
service_stop() {
  if service_has_systemd && [ -f "$service_file" ]; then systemctl stop "$service_unit"; fi
  if service_running; then
    kill "$pid" 2>/dev/null || true
    tries=0
    while service_running; do
      tries=$((tries + 1))
      if [ "$tries" -ge 50 ]; then kill -KILL "$pid" 2>/dev/null || true; fi
      sleep 0.1
    done
  fi
  rm -f "$service_pid"
}

# Stops it for good.
service_remove() {
  service_stop
  if service_has_systemd && [ -f "$service_file" ]; then
    systemctl disable --quiet "$service_unit"
    rm -f "$service_file"
    systemctl daemon-reload
    systemctl reset-failed "$service_unit" 2>/dev/null || true
  fi
}
