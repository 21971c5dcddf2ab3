#!/usr/bin/env bash
# apache-prepare.sh VERSION: what apache.sh needs from elsewhere.
exec "$(dirname "${BASH_SOURCE[0]}")/../../harness/stack/apache/rushproof-fetch-kafka" "${1:?version of Apache Kafka}"
