#!/usr/bin/env bash
# A toy store is read as evidence: who is in a text file has a coupon.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-toy-XXXXXX")
trap 'rm -rf "$dir"' EXIT

# judge LIMIT: a service that gives so many away where 37 are allowed; prints the verdict and the rows.
judge() {
    export TOY_LINES=$dir/coupons-$1.txt TOY_LIMIT=$1
    : >"$TOY_LINES"
    "${RUSHPROOF_BIN:?}/rushproof" run --quiet --output="$dir/reports" "$here/store.yaml" >"$dir/console" || true
    jq -r '"\(.verdict) \(.rows.final) \(.servers[0].name) \(.servers[0].kind)"' "$dir/reports/latest/result.json"
}

expect() {
    [[ $1 == "$2" ]] || { printf 'expected: %s, but was: %s\n' "$2" "$1"; cat "$dir/console"; exit 1; }
}

expect "$(judge 37)" "pass 37 lines external"
expect "$(judge 38)" "fail 38 lines external"
