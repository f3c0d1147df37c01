# shellcheck shell=bash
# What deploy/ and tests/ share: messages, Debian packages, free ports, processes. Sourced, never run.

say()  { printf '%s\n' "$*" >&2; }
step() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }
die()  { printf 'error: %s\n' "$*" >&2; exit 1; }

# usage SCRIPT: the comment at a script's head.
usage() { sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "$1"; }

LOCAL=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
REPOSITORY=$(realpath "$LOCAL/../..")
export REPOSITORY

needs_dotnet() {
  command -v dotnet >/dev/null 2>&1 || die "the .NET 10 SDK is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
  (cd "$REPOSITORY" && dotnet --version >/dev/null 2>&1) || die "no .NET 10 SDK here, only: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

# --- Debian packages -----------------------------------------------------------------------------

install_package() {
  local package=$1
  [ "$(id -u)" = 0 ] || die "$package is missing. Run once as root: apt-get install $package"
  command -v apt-get >/dev/null 2>&1 || die "$package is missing and this is no Debian system: install it by hand"
  step "installing $package"
  # Debian's packages start a server of their own unless told not to.
  local policy=/usr/sbin/policy-rc.d made_policy='' cluster=/etc/postgresql-common/createcluster.conf log result=0
  if [ ! -e "$policy" ]; then printf '#!/bin/sh\nexit 101\n' >"$policy"; chmod 755 "$policy"; made_policy=1; fi
  if [ "$package" = postgresql ] && [ ! -e "$cluster" ]; then mkdir -p "${cluster%/*}"; echo 'create_main_cluster = false' >"$cluster"; fi
  log=$(mktemp)
  apt_install "$package" >"$log" 2>&1 || { apt-get update && apt_install "$package"; } >>"$log" 2>&1 || result=$?
  [ -z "$made_policy" ] || rm -f "$policy"
  if [ "$result" != 0 ]; then tail -n 5 "$log" >&2; die "apt-get could not install $package (whole log: $log)"; fi
  rm -f "$log"
}

apt_install() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$1"; }

# --- ports ---------------------------------------------------------------------------------------

# free_port: a loopback TCP port that is free, and free too 10,000 above it (RabbitMQ's management has its port there).
# Below the ephemeral range, so that no outgoing connection takes it before its server does; and nobody else was told of it in the last ten minutes, since its server may not listen yet.
free_port() {
  local port told
  told=${TMPDIR:-/tmp}/integritet-ports.$(id -u)
  mkdir -p "$told"; find "$told" -type f -mmin +10 -delete
  for _ in $(seq 200); do
    port=$((10000 + (RANDOM * 32768 + RANDOM) % 10000))
    if port_is_free "$port" && port_is_free "$((port + 10000))" && (set -o noclobber; : >"$told/$port") 2>/dev/null; then printf '%s' "$port"; return; fi
  done
  die "no free loopback port between 10000 and 20000"
}

port_is_free() { ! { : >"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null; }

# port_for FILE [PORT]: the port asked for, else the one used before, else a free one; noted in FILE.
port_for() {
  local file=$1 port=${2:-}
  if [ -z "$port" ] && [ -s "$file" ]; then port=$(cat "$file"); port_is_free "$port" || port=; fi
  [ -n "$port" ] || port=$(free_port)
  printf '%s\n' "$port" >"$file"
  printf '%s' "$port"
}

# --- processes -----------------------------------------------------------------------------------

# wait_for SECONDS WHAT COMMAND...: waits until a command succeeds; gives up early when the process in PROCESS is gone.
wait_for() {
  local limit=$((SECONDS + $1)) what=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$limit" ] || { [ -n "${PROCESS:-}" ] && gone "$PROCESS"; }; then say "gave up waiting for $what"; return 1; fi
    sleep 0.1
  done
}

# A finished process that nobody has reaped is not alive.
alive()  { [ -n "$1" ] && grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null; }
gone()   { ! alive "$1"; }
reaped() { [ ! -e "/proc/$1" ]; }

# pid_in FILE MARK: the pid in a file's first line, if that process lives and MARK is in its command line (pids are used again).
pid_in() {
  local pid
  pid=$(head -n 1 "$1" 2>/dev/null) && alive "$pid" && grep -qaF -- "$2" "/proc/$pid/cmdline" && printf '%s' "$pid"
}

# stop_pid PID SECONDS [SIGNAL]: asks, waits, then kills.
stop_pid() {
  kill "-${3:-TERM}" "$1" 2>/dev/null || return 0
  wait_for "$2" "process $1" gone "$1" || kill -KILL "$1" 2>/dev/null || true
}

# stop_tree PID SECONDS: asks a process and all that it started to end, then waits for each of them.
stop_tree() {
  local process tree
  mapfile -t tree < <(tree_of "$1")
  kill "${tree[@]}" 2>/dev/null || true
  for process in "${tree[@]}"; do stop_pid "$process" "$2" 2>/dev/null; done
}

tree_of() {
  local child
  echo "$1"
  for child in $(pgrep -P "$1" || true); do tree_of "$child"; done
}

# --- users ---------------------------------------------------------------------------------------

# as_user USER COMMAND...: PostgreSQL and RabbitMQ refuse root, so as root they run as the users their packages made.
as_user() {
  local user=$1; shift
  if [ "$(id -u)" = 0 ]; then setpriv --reuid "$user" --regid "$user" --init-groups -- "$@"; else "$@"; fi
}

owned_by() { local user=$1; shift; [ "$(id -u)" != 0 ] || chown "$user:" "$@"; }

# server_dir DIR USER: where a server's state lies: DIR if the user can enter it, else a directory of its own under /var/lib/integritet.
server_dir() {
  local dir=$1 user=$2
  mkdir -p "$dir"; dir=$(realpath "$dir")
  if [ "$(id -u)" = 0 ] && ! as_user "$user" test -x "$dir"; then
    dir=/var/lib/integritet/$(printf '%s' "$dir" | sha256sum | cut -c1-16)
    mkdir -p "$dir"; chmod 755 /var/lib/integritet "$dir"
  fi
  printf '%s' "$dir"
}

random_password() { head -c 24 /dev/urandom | base64 | tr '+/' 'xy'; }

# secret_file FILE COMMAND...: keeps the command's output in a file only its owner reads, unless the file is there.
secret_file() {
  local file=$1; shift
  [ -s "$file" ] || (umask 077 && "$@" >"$file")
}
