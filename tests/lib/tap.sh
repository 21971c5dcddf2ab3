# shellcheck shell=bash
# Tests in shell: source it, call `check`, end with `tap_end`. Output is TAP-like, the last line is
# `N passed, N failed`, as CONTRIBUTING.md asks of every test script.

tap_passed=0
tap_failed=0

# check NAME COMMAND…: one test; the command's output is shown when it fails.
check() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        ((tap_passed += 1))
        echo "ok - $name"
    else
        ((tap_failed += 1))
        echo "not ok - $name"
        printf '#   %s\n' "${output//$'\n'/$'\n#   '}"
    fi
}

tap_end() {
    echo "$tap_passed passed, $tap_failed failed"
    ((tap_failed == 0 && tap_passed > 0))
}
