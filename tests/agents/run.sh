#!/usr/bin/env bash
# One rush from several agents, whole runs on loopback, and faults in every part of them: run.py, rounds.py.
#
#   tests/agents/run.sh [--short] [--only=WORD]
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
: "${RUSHPROOF_BIN:?the directory of the programs}"
command -v redis-server >/dev/null || { echo "skipped: no redis-server"; exit 77; }
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/run.py" "$@"
