#!/usr/bin/env bash
# apache.sh VERSION [OPTION…]: the whole runs on that Apache Kafka, whose jars are fetched once by Maven.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=${1:?version of Apache Kafka}
[[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/apache-prepare.sh" "$version"
shift
exec "$here/run.sh" --kafka="apache:$version" "$@"
