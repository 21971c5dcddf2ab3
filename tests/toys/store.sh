#!/usr/bin/env bash
# A toy store is read as evidence: who is in a text file has a coupon.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-toy-XXXXXX")
trap 'rm -rf "$dir"' EXIT

# judge LIMIT: a service that gives so many away where 100 are allowed; prints the verdict and the rows.
judge() {
    export TOY_LINES=$dir/coupons-$1.txt TOY_LIMIT=$1
    : >"$TOY_LINES"
    "${RUSHPROOF_BIN:?}/rushproof" run --quiet --output="$dir/reports" "$here/store.yaml" >"$dir/console" || true
    jq -r '"\(.verdict) \(.rows.final) \(.servers[0].name) \(.servers[0].kind)"' "$dir/reports/latest/result.json"
}

expect() {
    [[ $1 == "$2" ]] || { printf 'expected: %s, but was: %s\n' "$2" "$1"; cat "$dir/console"; exit 1; }
}

expect "$(judge 100)" "pass 100 lines external"
expect "$(judge 101)" "fail 101 lines external"
