#!/usr/bin/env bash
# Checks of items against an exhaustive search for an order that explains a history: run.py.
#
#   tests/oracle/run.sh [--runs=N] [--seed=N]        (default 500; before a release 20000)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
: "${RUSHPROOF_BIN:?the directory of the programs}"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/run.py" "$@"
