#!/usr/bin/env bash
# Between services and their stores: what is observed, and races that are made certain.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 4
exec /usr/bin/python3 tests/explore/run.py "$@"
