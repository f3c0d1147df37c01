# shellcheck shell=bash
# What deploy/ and tests/ share: messages, Debian packages, free ports, private PostgreSQL and RabbitMQ servers. Sourced, never run.
#
# A private server lives in one directory (its state, log and pid), listens on a loopback TCP port only, and is stopped by its pid.

LOCAL_LIB=$(realpath "${BASH_SOURCE[0]}")

say()  { printf '%s\n' "$*" >&2; }
step() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }
die()  { printf 'error: %s\n' "$*" >&2; exit 1; }

# --- Debian packages -----------------------------------------------------------------------------

# install_missing COMMAND PACKAGE: installs a package when a command is missing.
install_missing() {
  local command=$1 package=$2
  command -v "$command" >/dev/null 2>&1 && return
  install_package "$package"
}

install_package() {
  local package=$1
  [ "$(id -u)" = 0 ] || die "$package is missing. Run once as root: apt-get install $package"
  command -v apt-get >/dev/null 2>&1 || die "$package is missing and this is no Debian system: install it by hand"
  step "installing $package"
  # Debian's packages start a server of their own unless told not to.
  local policy=/usr/sbin/policy-rc.d made_policy=
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1; fi
  if [ "$package" = postgresql ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common && echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
  fi
  local log; log=$(mktemp)
  if ! { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" ||
         { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package"; }; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    die "apt-get could not install $package (whole log: $log)"
  fi
  rm -f "$log"
  [ -z "$made_policy" ] || rm -f "$policy"
}

postgres_bin() {
  local newest
  newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  [ -x "$newest/initdb" ] && printf '%s' "$newest"
}

install_servers() {
  postgres_bin >/dev/null || install_package postgresql
  postgres_bin >/dev/null || die "PostgreSQL's server programs are not under /usr/lib/postgresql"
  command -v rabbitmq-server >/dev/null 2>&1 || [ -x /usr/sbin/rabbitmq-server ] || install_package rabbitmq-server
}

# --- processes and ports -------------------------------------------------------------------------

# free_port: a loopback TCP port nobody listens on. Taken from below the ephemeral range, so that no outgoing connection grabs it before its server does.
free_port() {
  local port
  for _ in $(seq 200); do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % 22000))
    port_is_free "$port" && { printf '%s' "$port"; return; }
  done
  die "no free loopback port between 10000 and 32000"
}

port_is_free() { ! { : >"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null; }

# wait_for SECONDS WHAT COMMAND...: waits until a command succeeds.
wait_for() {
  local limit=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$limit" ] || { say "gave up waiting for $what"; return 1; }
    sleep 0.1
  done
}

alive() { [ -n "${1:-}" ] && kill -0 "$1" 2>/dev/null; }

# pid_in FILE: the pid in a file's first line, if that process is alive.
pid_in() { local pid; [ -s "$1" ] && pid=$(head -n 1 "$1") && alive "$pid" && printf '%s' "$pid"; }

# stop_pid PID SECONDS [SIGNAL]: asks, waits, then kills.
stop_pid() {
  local pid=$1 limit=$((SECONDS + $2)) signal=${3:-TERM}
  kill "-$signal" "$pid" 2>/dev/null || return 0
  while alive "$pid"; do
    if [ "$SECONDS" -ge "$limit" ]; then kill -KILL "$pid" 2>/dev/null; return 0; fi
    sleep 0.1
  done
}

# as_user USER COMMAND...: PostgreSQL and RabbitMQ refuse root, so as root they run as the users their packages made.
as_user() {
  local user=$1; shift
  if [ "$(id -u)" = 0 ]; then setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"; else "$@"; fi
}

owned_dir() { mkdir -p "$2"; [ "$(id -u)" != 0 ] || chown "$1" "$2"; }

# server_dir DIR USER: where a server's state may lie: DIR if the user can enter it, else a directory of the same name under /var/lib/integritet.
server_dir() {
  local dir=$1 user=$2
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ] && ! as_user "$user" test -x "$dir"; then
    dir=/var/lib/integritet/$(printf '%s' "$dir" | sha256sum | cut -c1-16)
    mkdir -p "$dir"; chmod 755 /var/lib/integritet "$dir"
  fi
  printf '%s' "$dir"
}

# --- PostgreSQL ----------------------------------------------------------------------------------

# postgres_start DIR [PORT]: starts the server of DIR, making it first; writes DIR/port and DIR/password (of role postgres).
postgres_start() {
  local dir=$1 bin port password; bin=$(postgres_bin)
  owned_dir postgres "$dir"
  if [ ! -s "$dir/data/PG_VERSION" ]; then
    password=$(head -c 24 /dev/urandom | base64 | tr '+/' 'xy')
    (umask 077 && printf '%s\n' "$password" >"$dir/password")
    [ "$(id -u)" != 0 ] || chown postgres "$dir/password"
    as_user postgres "$bin/initdb" --pgdata="$dir/data" --username=postgres --pwfile="$dir/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 ||
      { tail -n 5 "$dir/initdb.log" >&2; return 1; }
  fi
  port=${2:-$(free_port)}
  printf '%s\n' "$port" >"$dir/port"
  as_user postgres "$bin/pg_ctl" start --pgdata="$dir/data" --log="$dir/log" --wait --timeout=60 --silent \
    --options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=400 -c shared_buffers=128MB -c password_encryption=scram-sha-256 -c log_statement=none -c log_parameter_max_length=0 -c log_parameter_max_length_on_error=0 -c log_min_error_statement=panic" \
    >"$dir/start.log" 2>&1 || { tail -n 5 "$dir/log" "$dir/start.log" >&2; return 1; }
}

postgres_pid() { pid_in "$1/data/postmaster.pid"; }

postgres_stop() {
  local pid; pid=$(postgres_pid "$1") || return 0
  stop_pid "$pid" 20 INT
}

# kill -9 of the server and every backend, as a power cut would do.
postgres_kill() {
  local pid children; pid=$(postgres_pid "$1") || return 0
  children=$(ps -o pid= --ppid "$pid" || true)
  # shellcheck disable=SC2086
  kill -KILL "$pid" $children 2>/dev/null || true
  wait_for 10 "PostgreSQL's end" gone "$pid"
}

gone() { ! alive "$1"; }

# --- RabbitMQ ------------------------------------------------------------------------------------

# rabbitmq_start DIR [PORT]: starts the broker of DIR; writes DIR/port and DIR/password (of user integritet).
rabbitmq_start() {
  local dir=$1 port; port=${2:-$(free_port)}
  owned_dir rabbitmq "$dir"; owned_dir rabbitmq "$dir/mnesia"; owned_dir rabbitmq "$dir/log"
  # The node's name and its distribution ports belong to its data: kept over restarts.
  [ -s "$dir/node" ] || printf 'integritet-%s@localhost %s %s\n' "$(head -c 4 /dev/urandom | od -An -tx1 | tr -d ' \n')" "$(free_port)" "$(free_port)" >"$dir/node"
  [ -s "$dir/password" ] || (umask 077 && head -c 24 /dev/urandom | base64 | tr '+/' 'xy' >"$dir/password")
  printf '%s\n' "$port" >"$dir/port"
  printf '[].\n' >"$dir/plugins"
  rabbitmq_configuration "$dir" >"$dir/rabbitmq.conf"
  chmod 600 "$dir/rabbitmq.conf"
  [ "$(id -u)" != 0 ] || chown rabbitmq "$dir/plugins" "$dir/rabbitmq.conf"
  rm -f "$dir/pid"
  # shellcheck disable=SC2016
  (cd "$dir" && exec setsid bash -c '. "$0"; rabbitmq_exec "$1" rabbitmq-server' "$LOCAL_LIB" "$dir" >"$dir/out" 2>&1 </dev/null &)
  if ! wait_for 90 "RabbitMQ on port $port" rabbitmq_ready "$dir"; then tail -n 15 "$dir/out" >&2; return 1; fi
}

rabbitmq_configuration() {
  printf 'listeners.tcp.1 = 127.0.0.1:%s\n' "$(cat "$1/port")"
  printf 'default_user = integritet\ndefault_pass = %s\n' "$(cat "$1/password")"
  printf 'default_permissions.configure = .*\ndefault_permissions.read = .*\ndefault_permissions.write = .*\n'
  printf 'log.console = false\nlog.file.level = warning\nvm_memory_high_watermark.absolute = 512MB\ndisk_free_limit.absolute = 50MB\nloopback_users = none\n'
  # Refuses what RabbitMQ 4.3 no longer has (older servers do not know the key).
  [ "$(rabbitmq_major)" -lt 4 ] || printf 'deprecated_features.permit.transient_nonexcl_queues = false\n'
}

rabbitmq_major() { local version; version=$(dpkg-query -W -f '${Version}' rabbitmq-server 2>/dev/null || echo 3); printf '%s' "${version%%.*}"; }

# rabbitmq_exec DIR PROGRAM ARGUMENTS: one of RabbitMQ's programs in the broker's own surroundings.
rabbitmq_exec() {
  local dir=$1 program=$2 node dist epmd; shift 2
  read -r node dist epmd <"$dir/node"
  as_user rabbitmq env HOME="$dir" RABBITMQ_NODE_PORT="$(cat "$dir/port")" RABBITMQ_NODENAME="$node" RABBITMQ_DIST_PORT="$dist" ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins" \
    RABBITMQ_PID_FILE="$dir/pid" RABBITMQ_SERVER_START_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' RABBITMQ_CONF_ENV_FILE=/dev/null "/usr/lib/rabbitmq/bin/$program" "$@"
}

rabbitmq_ready() { rabbitmq_pid "$1" && amqp_answers "$(cat "$1/port")"; }

# The broker speaks: a protocol header of zeros is answered with its own "AMQP" header.
amqp_answers() {
  local answer
  exec 9<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'AMQP\0\0\0\0' >&9
  answer=$(timeout 2 head -c 4 <&9 | tr -d '\0'); exec 9>&-
  [ "$answer" = AMQP ]
}

rabbitmq_pid() { pid_in "$1/pid"; }

rabbitmq_stop() {
  local pid; pid=$(rabbitmq_pid "$1") && stop_pid "$pid" 30 TERM
  epmd_stop "$1"
}

# kill -9 of the Erlang machine.
rabbitmq_kill() {
  local pid; pid=$(rabbitmq_pid "$1") || return 0
  kill -KILL "$pid" 2>/dev/null || true
  wait_for 10 "RabbitMQ's end" gone "$pid"
}

# The port mapper that the broker started: found by its own port, stopped by its pid.
epmd_stop() {
  local epmd pid
  [ -s "$1/node" ] || return 0
  read -r _ _ epmd <"$1/node"
  for pid in $(pgrep -x epmd || true); do
    if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qx "ERL_EPMD_PORT=$epmd"; then kill "$pid" 2>/dev/null || true; fi
  done
}
