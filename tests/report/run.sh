#!/usr/bin/env bash
# Files of a run against their schemas, its page in a browser, its console in terminals of two widths.
set -uo pipefail

here=$(dirname "${BASH_SOURCE[0]}")
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/run-prepare.sh" || exit
exec /usr/bin/python3 "$here/run.py" "$@"
