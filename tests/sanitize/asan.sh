#!/usr/bin/env bash
# Units, command lines and whole runs on programs built with AddressSanitizer, LeakSanitizer and UBSan
# (preset asan). RUSHPROOF_BIN is their directory.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sanitize/common.sh
. "$here/common.sh"

export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:detect_stack_use_after_return=1"
export LSAN_OPTIONS="suppressions=$here/lsan.supp:print_suppressions=0"
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"

part 'unit tests' "$here/../unit/run.sh"
part 'command lines' "$here/../cli/run.sh"
part 'whole runs' "$here/../e2e/run.sh" --slow
finish
