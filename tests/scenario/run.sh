#!/usr/bin/env bash
# Every scenario against its JSON Schema, and the schema against the program that prints it.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
