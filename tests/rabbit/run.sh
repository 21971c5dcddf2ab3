#!/usr/bin/env bash
# run.sh: RabbitMQ as a queue, of the run's own and somebody else's, judged by whole runs.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/run.py" "$@"
