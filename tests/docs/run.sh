#!/usr/bin/env bash
# The site of docs/ builds without a network and without a warning, and every key and every check is on it.
set -uo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/run-prepare.sh" || exit
exec /usr/bin/python3 "$here/run.py" "$@"
