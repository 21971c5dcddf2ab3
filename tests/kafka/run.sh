#!/usr/bin/env bash
# Java clients and Kafka's console tools beside our service, consumer and probe, on the embedded Kafka and on Apache
# Kafka 3.9 and 4. Needs RUSHPROOF_BIN, mvn and java; fetches jars at its first run.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/run-prepare.sh"
exec /usr/bin/python3 "$here/interop.py" "$@"
