# shellcheck shell=bash
# A private RabbitMQ: own node name, ports, port mapper, data and logs in one directory, loopback only, stopped by its pid.
# Its management listens 10,000 above its AMQP port, as RabbitMQ's own default ports do. Sourced after lib.sh.

rabbitmq_install() { [ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || install_package rabbitmq-server; }

# rabbitmq_start DIR [PORT]: starts the broker of DIR; DIR/port and DIR/password (of user integritet) tell how to reach it.
rabbitmq_start() {
  local dir=$1 port
  ! rabbitmq_pid "$dir" >/dev/null || return 0
  mkdir -p "$dir/mnesia" "$dir/log"
  # The node's name belongs to its data.
  [ -s "$dir/node" ] || printf 'integritet-%s@localhost %s %s\n' "$(head -c 4 /dev/urandom | od -An -tx1 | tr -d ' \n')" "$(free_port)" "$(free_port)" >"$dir/node"
  secret_file "$dir/password" random_password
  port=$(port_for "$dir/port" "${2:-}")
  echo '[rabbitmq_management].' >"$dir/plugins"
  rm -f "$dir/rabbitmq.conf"; (umask 077 && rabbitmq_configuration "$dir" "$port" >"$dir/rabbitmq.conf")
  owned_by rabbitmq "$dir" "$dir/mnesia" "$dir/log" "$dir/plugins" "$dir/rabbitmq.conf"
  # shellcheck disable=SC2016 # expanded by the inner shell
  setsid bash -c '. "$0/lib.sh"; . "$0/rabbitmq.sh"; cd "$1"; rabbitmq_run "$1"' "$LOCAL" "$dir" >"$dir/out" 2>&1 </dev/null &
  if ! PROCESS=$! wait_for 180 "RabbitMQ on port $port" amqp_answers "$port"; then tail -n 15 "$dir/out" >&2; rabbitmq_stop "$dir"; return 1; fi
}

rabbitmq_configuration() {
  local dir=$1 port=$2
  cat <<CONFIGURATION
listeners.tcp.1 = 127.0.0.1:$port
management.tcp.ip = 127.0.0.1
management.tcp.port = $((port + 10000))
default_user = integritet
default_pass = $(cat "$dir/password")
log.console = false
log.file.level = warning
vm_memory_high_watermark.absolute = 768MB
disk_free_limit.absolute = 50MB
CONFIGURATION
  # Refuses what RabbitMQ 4.3 no longer has; older servers do not know the key.
  [ "$(rabbitmq_major)" -lt 4 ] || echo 'deprecated_features.permit.transient_nonexcl_queues = false'
}

rabbitmq_major() { local version; version=$(dpkg-query -W -f '${Version}' rabbitmq-server 2>/dev/null || echo 3); printf '%s' "${version%%.*}"; }

rabbitmq_run() {
  local dir=$1 node dist epmd
  read -r node dist epmd <"$dir/node"
  as_user rabbitmq env HOME="$dir" RABBITMQ_NODENAME="$node" RABBITMQ_DIST_PORT="$dist" ERL_EPMD_PORT="$epmd" ERL_EPMD_ADDRESS=127.0.0.1 \
    RABBITMQ_MNESIA_BASE="$dir/mnesia" RABBITMQ_LOG_BASE="$dir/log" RABBITMQ_CONFIG_FILE="$dir/rabbitmq.conf" \
    RABBITMQ_ENABLED_PLUGINS_FILE="$dir/plugins" RABBITMQ_PID_FILE="$dir/pid" RABBITMQ_CONF_ENV_FILE=/dev/null \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    /usr/lib/rabbitmq/bin/rabbitmq-server
}

# The broker speaks: a wrong protocol header is answered with its own.
amqp_answers() {
  local answer
  exec 9<>"/dev/tcp/127.0.0.1/$1" || return 1
  printf 'AMQP\0\0\0\0' >&9
  answer=$(timeout 2 head -c 4 <&9 | tr -d '\0'); exec 9>&-
  [ "$answer" = AMQP ]
}

rabbitmq_pid() { pid_in "$1/pid" "$1"; }

rabbitmq_stop() {
  local pid
  ! pid=$(rabbitmq_pid "$1") || stop_pid "$pid" 60
  port_mapper_stop "$1"
}

# kill -9 of the broker; its port mapper is another process.
rabbitmq_kill() {
  local pid
  pid=$(rabbitmq_pid "$1") || return 0
  kill -KILL "$pid"
  wait_for 60 "RabbitMQ's end" gone "$pid"
}

# The port mapper that the broker started: known by its own port.
port_mapper_stop() {
  local epmd pid
  [ -s "$1/node" ] || return 0
  read -r _ _ epmd <"$1/node"
  for pid in $(pgrep -x epmd || true); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qx "ERL_EPMD_PORT=$epmd"; then stop_pid "$pid" 5; fi
  done
}
