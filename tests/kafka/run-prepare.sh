#!/usr/bin/env bash
# What run.sh needs from elsewhere: the jars of both Kafkas and of the Java programs, into build/neighbours.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/../../harness/stack/apache/rushproof-fetch-kafka" 3.9.2 4.4.0
mvn -q -B -C -Dstyle.color=never -f "$here/pom.xml" package >&2
