#!/usr/bin/env bash
# Shops that race between two statements are caught by the proxy, and their right twins never are.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/twins.py" "$@"
