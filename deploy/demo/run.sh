#!/usr/bin/env bash
# The demo: builds the service, starts it on an empty store, feeds it the login events of a simulated
# world, asks it as billing would, and tells what it answered. Serves until Ctrl-C; with DEMO_ONCE=1 it
# ends after the summary. `make demo` installs the Python packages of the client before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# The demo leaves nothing in the source folder.
export PYTHONDONTWRITEBYTECODE=1
# A launch with farms in it, few tasks an account. The same seed makes the same world.
readonly SEED="${DEMO_SEED:-10}"
readonly WORLD=(--accounts 800 --mix surge --abuse 0.25 --profile sparse)
readonly READY_SECONDS=60
readonly STOP_SECONDS=20

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# The wanted port of the loopback address, or a free one if it is taken.
port_or_free() {
  python3 - "$1" <<'PYTHON'
import socket
import sys

for wanted in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        # As the server does: a port in TIME_WAIT from the last run is not taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PYTHON
}

# Ends with 0 as soon as the server says it is ready.
wait_until_ready() {
  python3 - "$1" "$READY_SECONDS" "$server" <<'PYTHON'
import os
import sys
import time
import urllib.error
import urllib.request

url, seconds, server = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
end = time.monotonic() + seconds
while time.monotonic() < end:
    os.kill(server, 0)  # Raises once the server is gone: no use in waiting on.
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            if answer.status == 200:
                sys.exit(0)
    except (urllib.error.URLError, OSError):
        pass
    time.sleep(0.1)
sys.exit(1)
PYTHON
}

temporary="$(mktemp -d "${TMPDIR:-/tmp}/sameuser-demo.XXXXXX")"
server=""

# shellcheck disable=SC2317  # Reached through the trap.
clean_up() {
  local status=$?
  trap - EXIT INT TERM
  if [[ -n "$server" ]] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server" 2>/dev/null || true
    # A drain that hangs must not hang the demo.
    for ((tenth = 0; tenth < STOP_SECONDS * 10; tenth++)); do
      kill -0 "$server" 2>/dev/null || break
      sleep 0.1
    done
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$temporary"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

command -v cargo >/dev/null || fail "cargo is missing: install Rust"
command -v python3 >/dev/null || fail "python3 is missing"
python="${SAMEUSER_PYTHON:-${CARGO_TARGET_DIR:-target}/tools/venv/bin/python}"
[[ -x "$python" ]] || fail "no $python: run \`make demo\`, which installs it"

# The console is part of the program where Node is there to build it.
if [[ ! -f console/dist/index.html ]]; then
  if command -v npm >/dev/null; then
    say "Building the console"
    make console || say "Goes on without the console"
  else
    say "npm is missing: the console will say so"
  fi
fi

say "Building (the first time takes some minutes)"
cargo build --locked --release --bin sameuser
binary="${CARGO_TARGET_DIR:-target}/release/sameuser"
[[ -x "$binary" ]] || fail "no binary at $binary"

say "Simulating a world, its log-ins and tasks (seed $SEED)"
"$binary" simulate "${WORLD[@]}" --seed "$SEED" --out "$temporary"

grpc_port="$(port_or_free 50051)"
http_port="$(port_or_free 8080)"
grpc="http://127.0.0.1:$grpc_port"
http="http://127.0.0.1:$http_port"

# Whoever tries the console signs in as a lead.
demo_password="demo-$(python3 -c 'import secrets; print(secrets.token_hex(8))')"
readonly demo_password
printf '%s\n' "$demo_password" | "$binary" people add demo --role lead --data "$temporary/store"

say "Starting the service on $grpc, its store in $temporary/store"
"$binary" serve --data "$temporary/store" --listen "127.0.0.1:$grpc_port" --http "127.0.0.1:$http_port" \
  >"$temporary/server.log" 2>&1 &
server=$!
if ! wait_until_ready "$http/readyz" 2>/dev/null; then
  tail -n 40 "$temporary/server.log" >&2
  fail "the service did not become ready (its log is above)"
fi

say "Feeding the events"
"$binary" replay "$temporary/events.jsonl" --server "$grpc" >"$temporary/replay.json"
cat "$temporary/replay.json"

say "Asking as billing does, over gRPC"
# Exit status 1 says that a question was refused: the summary shows which. Anything else is a failure.
asked=0
"$python" deploy/examples/billing.py --server "127.0.0.1:$grpc_port" check-file "$temporary/checks.jsonl" \
  >"$temporary/answers.jsonl" || asked=$?
((asked <= 1)) || fail "the billing client ended with status $asked"
"$binary" clusters --server "$grpc" >"$temporary/clusters.jsonl"
printf '%s answers\n' "$(wc -l <"$temporary/answers.jsonl")"

say "What came of it"
python3 deploy/demo/summarise.py "$temporary" || fail "the answers are not what the demo promises (above)"

if [[ "${DEMO_ONCE:-}" == 1 ]]; then
  say "Done (DEMO_ONCE=1)"
  exit 0
fi

head -n 1 "$temporary/checks.jsonl" >"$temporary/one.jsonl"
cat <<TEXT
== Serving until Ctrl-C; try by hand

  console   $http (name demo, password $demo_password)
  gRPC      127.0.0.1:$grpc_port (with reflection and health)
  metrics   $http/metrics
  ready     $http/readyz

  Ask again about the first task (the recorded verdict comes back):
    $binary check --batch $temporary/one.jsonl --server $grpc
  Ask afresh, recording nothing:
    $binary check --batch $temporary/one.jsonl --validate-only --server $grpc
  Scores, and the users behind the accounts:
    $binary scores --server $grpc | head -n 3
    $binary clusters --server $grpc | head -n 3
  With grpcurl, if you have it:
    grpcurl -plaintext 127.0.0.1:$grpc_port list
  As a billing service would, in Python:
    $python deploy/examples/billing.py --server 127.0.0.1:$grpc_port check \\
      --account $(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["accountId"])' <"$temporary/one.jsonl") --task by-hand-1 --started 2026-06-20T02:00:00Z --completed 2026-06-20T02:05:00Z --tokens 1200

  The server's log is $temporary/server.log; the folder goes when the demo ends.
TEXT

# From here on Ctrl-C is how the demo ends, not a failure.
trap 'printf "\n"; exit 0' INT TERM
wait "$server" || true
tail -n 40 "$temporary/server.log" >&2
fail "the service ended by itself"
