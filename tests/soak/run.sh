#!/usr/bin/env bash
# run.sh [N]: the default scenario N times in a row (50); all must pass, and nothing may stay behind.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
