#!/usr/bin/env bash
# Files of a run against their schemas, its page in a browser, its console in terminals of two widths.
set -uo pipefail

exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
