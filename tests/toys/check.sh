#!/usr/bin/env bash
# A saved run that passed is judged by one check more, and fails by its name.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-toy-XXXXXX")
trap 'rm -rf "$work"' EXIT

cp -r "$here/../saved/0.1.0-kafka-pass" "$work/run"
chmod -R u+w "$work/run"
printf 'expect: [round_limit]\n' >>"$work/run/scenario.yaml"
code=0
"$RUSHPROOF_BIN/rushproof" verify "$work/run" >"$work/out" 2>&1 || code=$?
grep -q 'round_limit' "$work/out" || { cat "$work/out"; exit 1; }
"$RUSHPROOF_BIN/rushproof" schema >"$work/schema"
grep -q '"round_limit"' "$work/schema" || { echo "the schema does not know it"; exit 1; }
[[ $code == 1 ]] || { cat "$work/out"; echo "exit code $code"; exit 1; }
