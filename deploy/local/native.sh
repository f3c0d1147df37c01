# shellcheck shell=bash
# A local installation: private servers, and every service as a process of this machine, all state in one directory. Sourced after lib.sh.
# Expects in variables: state, port, test_clock and schedule (true or false).
# shellcheck disable=SC2154 # assigned by the script that sources this

# shellcheck source=deploy/local/postgres.sh
. "$LOCAL/postgres.sh"

service_names() { awk '!/^(#|$)/ { print $1 }' "$LOCAL/services"; }
others_than_gateway() { service_names | grep -vx gateway; }

# assembly_of NAME: where the build puts it.
assembly_of() { awk -v name="$1" -v build="$state/build" '$1 == name { printf "%s/bin/%s/release/%s.dll", build, $3, $3 }' "$LOCAL/services"; }

# What an interrupted or failed start has begun ends with it.
native_start() {
  trap 'step "stopping"; native_stop; exit 1' EXIT
  trap 'exit 130' INT TERM HUP
  native_start_all
  trap - EXIT INT TERM HUP
}

native_start_all() {
  local name names
  install_tools
  (umask 077 && mkdir -p "$state/secrets" "$state/logs" "$state/ports" "$state/pids" "$state/ended" && touch "$state"/secrets/{postgres,rabbitmq}.address)
  start_servers & local servers=$!
  build_services
  wait "$servers" || die "PostgreSQL or RabbitMQ did not start"
  make_secrets
  make_databases
  rm -f "$state"/ended/*
  step "starting the services"
  mapfile -t names < <(others_than_gateway)
  for name in "${names[@]}"; do port_for "$state/ports/$name" >/dev/null; done
  for name in "${names[@]}"; do start_service "$name"; done
  wait_until_ready "${names[@]}"
  with_settings gateway dotnet "$(assembly_of gateway)" bootstrap-credentials >"$state/logs/credentials.log" 2>&1 ||
    { tail -n 5 "$state/logs/credentials.log" >&2; die "the local credentials could not be made"; }
  start_service gateway
  wait_until_ready gateway
}

install_tools() {
  needs_dotnet
  "$LOCAL/server" install
  command -v openssl >/dev/null 2>&1 || install_package openssl
  command -v curl >/dev/null 2>&1 || install_package curl
}

build_services() {
  step "building the services"
  local log=$state/logs/build.log
  dotnet build "$REPOSITORY/deploy/services.slnf" --configuration Release --artifacts-path "$state/build" --nologo --verbosity quiet -nodeReuse:false \
    -p:UseSharedCompilation=true -p:TestClock="$test_clock" >"$log" 2>&1 && return
  grep -E 'error' "$log" | sort -u | head -n 10 >&2 || tail -n 10 "$log" >&2
  die "the build failed (whole log: $log)"
}

# Both servers at once. What "server start" prints holds a password, so it goes where the secrets are.
start_servers() {
  step "starting PostgreSQL and RabbitMQ"
  "$LOCAL/server" postgres start "$state/postgres" >"$state/secrets/postgres.address" &
  "$LOCAL/server" rabbitmq start "$state/rabbitmq" >"$state/secrets/rabbitmq.address" && wait $!
}

make_secrets() {
  local port password
  read -r _ port password <"$state/secrets/rabbitmq.address"
  mkdir -p "$state/secrets/rabbitmq" "$state/secrets/postgres"
  (umask 077 && printf '%s\n' "$password" >"$state/secrets/rabbitmq/password")
  # shellcheck disable=SC2046 # names, one word each
  RABBITMQ_ADDRESS=127.0.0.1:$port POSTGRES_ADDRESS=127.0.0.1:$(cut -d' ' -f2 "$state/secrets/postgres.address") \
    "$REPOSITORY/deploy/secrets" "$state/secrets" $(service_names)
}

make_databases() {
  local name port password
  read -r _ port password <"$state/secrets/postgres.address"
  for name in $(service_names); do
    PGPASSWORD=$password SERVICE_PASSWORD=$(cat "$state/secrets/postgres/$name") "$(postgres_bin)/psql" --host=127.0.0.1 --port="$port" --username=postgres \
      --quiet --no-psqlrc -v name="$name" --file="$REPOSITORY/deploy/postgres/service-database.sql" || die "the database of $name could not be made"
  done
}

# The gateway's port is the one asked for; the others have any free one.
port_of() { if [ "$1" = gateway ]; then printf '%s' "$port"; else cat "$state/ports/$1"; fi; }

# with_settings NAME COMMAND...: runs a command with the service's settings in its environment. Secrets stay in files.
with_settings() (
  name=$1 secrets=$state/secrets/$1 own_port=$(port_of "$1"); shift
  export ASPNETCORE_URLS=http://127.0.0.1:$own_port Secrets__Directory=$secrets \
    PersonalData__KeyEncryptionKeyFile=$secrets/key-encryption-key PersonalData__PseudonymKeyFile=$secrets/pseudonym-key \
    Identity__PrivateKeyFile=$secrets/private-key.pem Identity__TrustedKeysDirectory=$secrets/trusted \
    Policy__Directory=$REPOSITORY/deploy/policies Schedule__Enabled=$schedule TestClock__Enabled=$test_clock TestClock__File=$state/clock \
    Gateway__PublicUrl=http://127.0.0.1:$port Gateway__CredentialsFile=$state/credentials.json \
    Gateway__LocalNetworks__0=127.0.0.0/8 Gateway__LocalNetworks__1=::1/128
  for other in $(service_names); do export "Services__$other=http://127.0.0.1:$(port_of "$other")"; done
  # Its own settings lie beside its assembly.
  cd "$(dirname "$(assembly_of "$name")")" || exit
  exec "$@"
)

start_service() {
  local name=$1 log=$state/logs/$1.log
  [ ! -e "$log" ] || mv "$log" "$log.1"
  with_settings "$name" setsid "$LOCAL/supervise" "$state" "$name" "$(assembly_of "$name")" >"$log" 2>&1 </dev/null &
}

# wait_until_ready NAME...: at most two minutes; a service that dies on its way says why.
wait_until_ready() {
  local name limit=$((SECONDS + 120))
  for name; do
    step "waiting for $name"
    until curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:$(port_of "$name")/health/ready"; do
      [ ! -e "$state/ended/$name" ] || service_failed "$name" "did not start"
      [ "$SECONDS" -lt "$limit" ] || service_failed "$name" "is not ready after two minutes"
      sleep 0.2
    done
  done
}

service_failed() {
  grep -vE '^ +at ' "$state/logs/$1.log" | tail -n 8 >&2
  die "$1 $2 (whole log: $state/logs/$1.log)"
}

native_runs() { pid_in "$state/pids/gateway.supervisor" "$state" >/dev/null; }

# The gateway first, so that what it has accepted is answered; the servers last.
native_stop() {
  local name pid stopping=()
  stop_service gateway
  for name in $(others_than_gateway); do stop_service "$name" & stopping+=($!); done
  for pid in "${stopping[@]}"; do wait "$pid" || true; done
  "$LOCAL/server" rabbitmq stop "$state/rabbitmq"
  "$LOCAL/server" postgres stop "$state/postgres"
}

# The supervisor passes the signal on and waits; the service's own pid is for the case that the supervisor was killed.
stop_service() {
  local pid
  if pid=$(pid_in "$state/pids/$1.supervisor" "$state"); then stop_pid "$pid" 45; fi
  if pid=$(pid_in "$state/pids/$1" "$state"); then stop_pid "$pid" 45; fi
  rm -f "$state/pids/$1" "$state/pids/$1.supervisor"
}

# native_remove: all state, also where the servers keep theirs apart.
native_remove() {
  "$LOCAL/server" rabbitmq remove "$state/rabbitmq"
  "$LOCAL/server" postgres remove "$state/postgres"
  (cd "$state" && rm -rf secrets logs ports pids ended clock credentials.json)
}
