#!/usr/bin/env bash
# run.sh [--only=WORD]: apply-service and coupon-consumer by themselves, on servers of their own.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
