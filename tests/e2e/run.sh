#!/usr/bin/env bash
# run.sh [--kafka=embedded|apache:VERSION] [--slow] [--short] [--only=WORD] [--except=WORD]: whole runs, their exit codes and what they leave behind.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
