#!/bin/bash
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx256m -Dlog4j.configuration=file:/etc/kafka/docker/tools-log4j.properties \
    -cp '/opt/kafka/libs/*' "$@"
