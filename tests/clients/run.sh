#!/usr/bin/env bash
# run.sh [NAME…]: rushproof in the tests of others, by JUnit 5 and pytest.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
