#!/usr/bin/env bash
# What ./test shows of a failed stage: one log with a failure of each kind, and what must be left of it.
set -uo pipefail

awk -f "$(dirname "${BASH_SOURCE[0]}")/../lib/reasons.awk" <<'LOG' | diff - <(sed -n 's/^# + //p' "${BASH_SOURCE[0]}")
# a part
ok - fine (1.0 s)
# again: the machine is busy
ok - fine the second time (1.0 s)
# again: the machine is busy
not ok - reasons below (2.0 s)
#   5 came, not 6
#
#   and the end of a log
ok - fine (1.0 s)
[----] test_a.c:21: Assertion Failed
[----]   reasons above
[FAIL] a::b: (0.11s)
[====] Synthesis: Tested: 65 | Passing: 64 | Failing: 1 | Crashing: 0
none                               pass                               1 of 1; pass
skips                              lost                               NOT AS EXPECTED: 0 of 1; pass
not ok - asan.4711
#   ==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x1
#     #0 0x1 in main
2 passed, 4 failed
LOG
exit # what is left:

# + not ok - reasons below (2.0 s)
# + # again: the machine is busy
# + #   5 came, not 6
# + #
# + #   and the end of a log
# + [----] test_a.c:21: Assertion Failed
# + [----]   reasons above
# + [FAIL] a::b: (0.11s)
# + skips                              lost                               NOT AS EXPECTED: 0 of 1; pass
# + not ok - asan.4711
# + #   ==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x1
# + #     #0 0x1 in main
