# shellcheck shell=bash
# The installation as containers. Sourced after lib.sh; expects port, test_clock and schedule in variables, as native.sh does.
# shellcheck disable=SC2154 # assigned by the script that sources this

has_compose() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

compose() { (cd "$REPOSITORY" && docker compose "$@"); }

compose_start() {
  mkdir -p "$REPOSITORY/.local"
  step "building images and starting containers"
  INTEGRITET_PORT=$port INTEGRITET_TEST_CLOCK=$test_clock INTEGRITET_SCHEDULE=$schedule compose up --build --wait ||
    { compose ps --all >&2; die "the containers did not become healthy; docker compose logs says why"; }
}

compose_stop() {
  has_compose || die "no Docker engine with compose v2 answers (docker info; docker compose version): start it, then stop again"
  compose down
}

compose_remove() { compose down --volumes; rm -f "$REPOSITORY/.local/credentials.json"; }

compose_runs() { [ -n "$(compose ps --quiet --status running gateway 2>/dev/null)" ]; }
