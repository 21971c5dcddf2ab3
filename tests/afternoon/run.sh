#!/usr/bin/env bash
# run.sh [--only=WORD]: what a new user does in an afternoon, by the documents alone, with a service and a
# database that run already. Needs RUSHPROOF_BIN, the directory of the programs.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
