#!/usr/bin/env bash
# Messages of Protocol Buffers as protoc reads and writes them, and a service that lies: run.py.
#
#   tests/grpc/run.sh [--messages=N] [--seed=N]        (default 10000)
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
: "${RUSHPROOF_BIN:?the directory of the programs}"
PYTHONDONTWRITEBYTECODE=1 exec /usr/bin/python3 "$here/run.py" "$@"
