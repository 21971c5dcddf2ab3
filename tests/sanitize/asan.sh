#!/usr/bin/env bash
# Units, command lines and whole runs on programs built with AddressSanitizer, LeakSanitizer and UBSan
# (preset asan). RUSHPROOF_BIN is their directory.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sanitize/common.sh
. "$here/common.sh"

# 99: an exit code that no program has by itself, so that a report cannot pass for an expected failure.
export ASAN_OPTIONS="log_path=$reports/asan:exitcode=99:detect_leaks=1:detect_stack_use_after_return=1"
export LSAN_OPTIONS="suppressions=$here/lsan.supp:print_suppressions=0:exitcode=99"
export UBSAN_OPTIONS="log_path=$reports/ubsan:exitcode=99:print_stacktrace=1"

part 'unit tests' "$here/../unit/run.sh"
part 'command lines' "$here/../cli/run.sh"
part 'probes' as_user "$here/../probe/run.sh"
part 'whole runs' as_user "$here/../e2e/run.sh" --slow
finish
