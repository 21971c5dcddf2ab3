#!/usr/bin/env bash
# Fetches the rival load generators that the machine's own toolchains can build, into build/rivals. What cannot
# be had is said and left out: the benchmarks then run without it. Debian's ab, h2load, wrk and siege are
# taken from PATH.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
rivals=${RIVALS_DIR:-$root/build/rivals}
mkdir -p "$rivals/bin"

try() { # NAME COMMAND…
  local name=$1
  shift
  [ -e "$rivals/bin/$name" ] && return
  if "$@" >"$rivals/$name.log" 2>&1; then
    echo "$name: ready"
  else
    echo "$name: left out (see $rivals/$name.log)"
  fi
}

# shellcheck disable=SC2317 # called by name through try
locust() {
  "${PYTHON:-python3}" -m venv "$rivals/locust" &&
    "$rivals/locust/bin/pip" install -q 'locust==2.32.4' &&
    ln -sf "$rivals/locust/bin/locust" "$rivals/bin/locust"
}

if command -v go >/dev/null; then
  try vegeta env GOBIN="$rivals/bin" go install github.com/tsenart/vegeta/v12@v12.12.0
  try hey env GOBIN="$rivals/bin" go install github.com/rakyll/hey@v0.1.4
  try k6 env GOBIN="$rivals/bin" go install go.k6.io/k6@v0.54.0
fi
if command -v cargo >/dev/null; then
  try oha cargo install --quiet --locked --root "$rivals" --version 1.4.7 oha
fi
if command -v "${PYTHON:-python3}" >/dev/null; then
  try locust locust
fi
exit 0
