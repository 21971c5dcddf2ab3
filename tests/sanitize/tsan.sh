#!/usr/bin/env bash
# Whole runs on programs built with ThreadSanitizer (preset tsan): service, consumer and harness. Criterion does
# not start under it. RUSHPROOF_BIN is the directory of the programs.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/sanitize/common.sh
. "$here/common.sh"

export TSAN_OPTIONS="log_path=$reports/tsan:suppressions=$here/tsan.supp:second_deadlock_stack=1:exitcode=0"

part 'probes' "$here/../probe/run.sh"
# A second interrupt ends the harness on the spot, its threads with it: that would be reported as leaked threads.
part 'whole runs' "$here/../e2e/run.sh" --slow --except=second_interrupt
finish
