#!/usr/bin/env bash
# What run.sh needs from elsewhere.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" --fetch
