#!/usr/bin/env bash
# The table of command lines in table.py.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
