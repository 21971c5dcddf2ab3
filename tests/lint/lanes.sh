#!/usr/bin/env bash
# ./test that is ended ends what its lanes run: in a copy whose stages only wait.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd) || exit 4
top=$(mktemp -d)
trap 'rm -rf "$top"' EXIT
mkdir -p "$top/tests/lint" "$top/tests/unit" "$top/.ci"
cp "$here/test" "$top"
cp -r "$here/tests/lib" "$top/tests"
printf '#!/bin/sh\n' >"$top/.ci/build"
for stage in lint unit; do # one of either lane
    # shellcheck disable=SC2016 # the script's own
    printf '#!/bin/sh\necho $$ >"%s/%s.pid"\nexec sleep 60\n' "$top" "$stage" >"$top/tests/$stage/run.sh"
done
chmod +x "$top/.ci/build" "$top"/tests/*/run.sh

# until_true N COMMAND…: whether it succeeds within so many tenths of a second.
until_true() {
    local tries=$1
    shift
    while ! "$@" 2>/dev/null; do
        ((tries--)) || return
        sleep 0.1
    done
}

begun() { [[ -s $top/lint.pid && -s $top/unit.pid ]]; }
gone() { ! kill -0 "$(<"$top/lint.pid")" && ! kill -0 "$(<"$top/unit.pid")"; }

"$top/test" --no-install lint unit >"$top/out" 2>&1 &
if ! until_true 100 begun; then
    echo "its stages were not begun: $(<"$top/out")"
    kill "$!"
    exit 1
fi
kill "$!"
wait "$!"
if ! until_true 50 gone; then
    echo 'a stage went on'
    kill "$(<"$top/lint.pid")" "$(<"$top/unit.pid")" 2>/dev/null
    exit 1
fi
