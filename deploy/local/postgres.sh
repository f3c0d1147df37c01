# shellcheck shell=bash
# A private PostgreSQL: state, log and pid in one directory, loopback TCP only, stopped by its pid. Sourced after lib.sh.

postgres_install() {
  postgres_bin >/dev/null || install_package postgresql
  postgres_bin >/dev/null || die "PostgreSQL's server programs are not under /usr/lib/postgresql"
}

postgres_bin() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$newest/initdb" ] && printf '%s' "$newest"
}

# postgres_start DIR [PORT]: starts the server of DIR, making it first; DIR/port and DIR/password (of role postgres) tell how to reach it.
postgres_start() {
  local dir=$1 bin port options; bin=$(postgres_bin)
  ! postgres_pid "$dir" >/dev/null || return 0
  owned_by postgres "$dir"
  [ -s "$dir/data/PG_VERSION" ] || postgres_make "$dir" "$bin" || return
  port=$(port_for "$dir/port" "${2:-}")
  # Statements and the values in errors' details stay out of the log.
  options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400 -c log_statement=none \
    -c log_min_error_statement=panic -c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0 -c log_error_verbosity=terse"
  if ! as_user postgres "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --wait --timeout=180 --silent --options="$options" >"$dir/start.log" 2>&1; then
    tail -n 5 "$dir/start.log" "$dir/log" >&2; return 1
  fi
}

postgres_make() {
  local dir=$1 bin=$2
  secret_file "$dir/password" random_password
  owned_by postgres "$dir/password"
  as_user postgres "$bin/initdb" --pgdata="$dir/data" --username=postgres --pwfile="$dir/password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 || { tail -n 5 "$dir/initdb.log" >&2; return 1; }
}

postgres_pid() { pid_in "$1/data/postmaster.pid" "$1/data"; }

postgres_stop() {
  local pid
  ! pid=$(postgres_pid "$1") || stop_pid "$pid" 60 INT
}

# kill -9 of the server and all its backends. Stopped first, so that it starts no more of them meanwhile.
postgres_kill() {
  local pid process processes
  pid=$(postgres_pid "$1") || return 0
  kill -STOP "$pid"
  processes="$pid $(pgrep -P "$pid" || true)"
  # shellcheck disable=SC2086 # a list of pids
  kill -KILL $processes 2>/dev/null || true
  # Reaped too: the next start takes the pid in its lock file for a live server until then.
  for process in $processes; do wait_for 60 "PostgreSQL's end" reaped "$process"; done
}
