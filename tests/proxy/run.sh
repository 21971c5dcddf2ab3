#!/usr/bin/env bash
# Real clients through the proxy to real servers: what they see is what they see without it.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 4
exec /usr/bin/python3 tests/proxy/run.py "$@"
