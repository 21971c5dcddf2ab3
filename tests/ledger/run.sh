#!/usr/bin/env bash
# Shops that sell items wrongly, and their right twins: run.py.
#
#   tests/ledger/run.sh [--runs=N [--twins] [--counts=FILE] [--jobs=N]] [--short|--explored] [NAME…]
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
: "${RUSHPROOF_BIN:?the directory of the programs}"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/run.py" "$@"
