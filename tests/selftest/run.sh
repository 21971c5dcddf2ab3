#!/usr/bin/env bash
# `rushproof selftest`: planted corruptions inside the program, then the faulty services.
# Its table has a line for each fault; this counts them.
set -uo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
"${RUSHPROOF_BIN:?the directory of the programs}/rushproof" selftest "$@" >"$log" 2>&1
rc=$?
cat "$log"
exit "$rc"
