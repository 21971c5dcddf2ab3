#!/usr/bin/env bash
# docker-compose.yml, the Dockerfile and runs in containers, by an engine of its own: engine.py. Root only. Options of
# run.py: --runs=N runs each in confined containers (100 is the figure that the README states).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/run-prepare.sh"
exec /usr/bin/python3 "$here/run.py" "$@"
