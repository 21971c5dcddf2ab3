#!/usr/bin/env bash
# Kafka behind SASL and TLS, on Apache Kafka 3.9 and 4. Needs RUSHPROOF_BIN and java; fetches jars at its first run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/locked-prepare.sh"
exec /usr/bin/python3 "$here/locked.py" 3.9.2 4.4.0
