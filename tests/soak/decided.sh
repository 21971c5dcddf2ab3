#!/usr/bin/env bash
# decided.sh [--runs=N] [--least=N] [--busy] SCENARIO… [-- OPTION…]: how many runs are decided, and are those right?
#
#   as.py user tests/soak/decided.sh --least=99 kafka count-race
#   as.py bare tests/soak/decided.sh --least=95 kafka count-race
#   as.py user tests/soak/decided.sh --busy --least=99 kafka exact redis -- --retry-invalid=3
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/decided.py" "$@"
