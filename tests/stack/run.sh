#!/usr/bin/env bash
# Private servers come up, obey, and leave nothing behind. Needs RUSHPROOF_BIN, the directory of the programs.
# Both halves wait more than they work: they run at the same time.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=${RUSHPROOF_BIN:?the directory of the programs}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

"$programs/test_stack" --short-filename --jobs 2 >"$log" 2>&1 &
criterion=$!
endings=$("$here/leftovers.sh" "$programs"; "$here/remote.sh" "$programs")
wait "$criterion"
unit=$?
cat "$log"
echo "$endings"
read -r passed bad < <(sed -nE 's/.*Tested: [0-9]+ \| Passing: ([0-9]+) \| Failing: ([0-9]+) \| Crashing: ([0-9]+).*/\1 \2 \3/p' "$log" |
    awk '{print $1, $2 + $3}')
passed=${passed:-0} bad=${bad:-0}
((unit == 0 || bad > 0)) || bad=1

passed=$((passed + $(grep -c '^ok ' <<<"$endings")))
bad=$((bad + $(grep -c '^not ok ' <<<"$endings")))
echo "$passed passed, $bad failed"
((bad == 0 && passed > 0))
