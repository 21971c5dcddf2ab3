#!/usr/bin/env bash
# run.sh [--runs=N] [--journal=FILE] [NAME…]: services of other languages, judged by scenario file alone.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
