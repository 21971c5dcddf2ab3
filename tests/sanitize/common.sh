# shellcheck shell=bash
# What asan.sh and tsan.sh share: run other test scripts on instrumented programs, and count every report that a
# sanitizer wrote as a failed test. Reports go to files, so that none is lost in the output of a child of a child.

reports=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-sanitize.XXXXXX")
trap 'rm -rf "$reports"' EXIT
# The private Postgres' user does not write here, but whatever runs as another user may.
chmod 1777 "$reports"
passed=0
failed=0

# as_user COMMAND…: as an ordinary user, also when this is root.
as_user() {
    /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/../lib/as.py" user "$@"
}

# part NAME COMMAND…: runs a test script and adds its counts.
part() {
    local name=$1 log counts rc=0 ok=0 bad=0
    shift
    log=$(mktemp "$reports/.part.XXXXXX")
    echo "# $name"
    "$@" >"$log" 2>&1 || rc=$?
    cat "$log"
    counts=$(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' "$log" | tail -n 1)
    [[ -z $counts ]] || read -r ok bad <<<"$counts"
    ((rc == 0 || bad > 0)) || bad=1
    passed=$((passed + ok))
    failed=$((failed + bad))
    rm -f "$log"
}

# Every report is a failed test, shown whole; then the summary.
finish() {
    local report
    for report in "$reports"/*; do
        [[ -f $report ]] || continue
        echo "not ok - $(basename "$report")"
        head -n 60 "$report" | sed 's/^/#   /'
        ((failed += 1))
    done
    echo "$passed passed, $failed failed"
    ((failed == 0 && passed > 0))
}
