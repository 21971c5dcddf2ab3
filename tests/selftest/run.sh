#!/usr/bin/env bash
# `rushproof selftest`: planted corruptions inside the program, then the faulty services. They wait more than they
# work: one half is run beside the other, by their names.
set -uo pipefail

program=${RUSHPROOF_BIN:?the directory of the programs}/rushproof
scenarios=$(cd "$(dirname "${BASH_SOURCE[0]}")/../faulty/scenarios" && pwd) || exit
work=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-selftest.XXXXXX") || exit
trap 'rm -rf "$work"' EXIT

mkdir "$work/half"
names=() turn=0
for path in "$scenarios"/*.yaml; do
    if ((turn++ % 2)); then
        ln -s "$path" "$work/half/"
    else
        path=${path##*/}
        names+=("${path%.yaml}")
    fi
done
"$program" selftest --faulty="$scenarios" "${names[@]}" >"$work/named" 2>&1 &
named=$!
"$program" selftest --faulty="$work/half" | tee "$work/all"
rc=${PIPESTATUS[0]}
wait "$named" || rc=$?
cat "$work/named"
sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$work/named" "$work/all" |
    awk '{passed += $1; failed += $2} END {printf "%d passed, %d failed\n", passed, failed}'
exit "$rc"
