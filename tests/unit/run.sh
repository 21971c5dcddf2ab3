#!/usr/bin/env bash
# The Criterion programs, by CTest; counts their tests, not the programs.
set -uo pipefail

build=$(cd "${RUSHPROOF_BIN:?the directory of the programs}/.." && pwd) || exit
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# In --quick the random ones are short, and the most of what is left waits.
jobs=$(($(nproc) * (${RUSHPROOF_TEST_QUICK:+1} + 1)))
# A child that Criterion forks while another thread allocates hangs under AddressSanitizer: it is tried again.
ctest --test-dir "$build" --label-regex unit --parallel "$jobs" --repeat after-timeout:2 --verbose >"$log" 2>&1
rc=$?
grep -E '\[FAIL\]|\[CRASH\]|\[----\]|Synthesis|Sanitizer|\*\*\*|tests passed|runtime error' "$log"

# A program that dies before its synthesis line shows in CTest's own result only.
awk -v rc="$rc" '
    /Synthesis:/ {
        gsub(/[^0-9]+/, " ")
        passed += $3
        failed += $2 - $3
    }
    END {
        if (rc != 0 && failed == 0)
            failed = 1
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0 || passed == 0
    }' <(grep -o 'Synthesis:.*' "$log" | sed 's/^/0 /')
