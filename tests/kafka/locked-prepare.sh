#!/usr/bin/env bash
# What locked.sh needs from elsewhere: the jars of both Kafkas.
exec "$(dirname "${BASH_SOURCE[0]}")/../../harness/stack/apache/rushproof-fetch-kafka" 3.9.2 4.4.0
