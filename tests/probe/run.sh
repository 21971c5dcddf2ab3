#!/usr/bin/env bash
# run.sh [STORY…]: the probes against servers of its own: Redis, Postgres and MariaDB on unix sockets in a directory
# that is gone afterwards; Kafka is librdkafka's mock cluster inside the program. RUSHPROOF_BIN is the directory
# of the programs. MariaDB is left out when it is not installed.
set -uo pipefail

program=${RUSHPROOF_BIN:?the directory of the programs}/probe-stories
pg=$(find /usr/lib/postgresql -path '*/bin/initdb' -printf '%h\n' 2>/dev/null | sort -V | tail -n 1)
dir=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-probe.XXXXXX")
pids=()

# Servers refuse to run as root. Replaces the (sub)shell, so that its pid is the server's.
become_postgres() {
    if ((EUID == 0)); then
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"
    else
        exec "$@"
    fi
}

stop_all() {
    local pid
    for pid in "${pids[@]}"; do
        # A Postgres that a failed story has left stopped must be woken to end.
        # shellcheck disable=SC2046 # pids
        kill -CONT "$pid" $(pgrep -P "$pid") 2>/dev/null
        kill "$pid" 2>/dev/null
    done
    for pid in "${pids[@]}"; do
        wait "$pid" 2>/dev/null
    done
    rm -rf "$dir"
}
trap stop_all EXIT

# await COMMAND…: until it succeeds, 20 s at most.
await() {
    local tries
    for ((tries = 0; tries < 200; tries++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    echo "# no answer: $*"
    return 1
}

start_redis() {
    redis-server --port 0 --unixsocket "$dir/redis.sock" --save '' --appendonly no \
        --dir "$dir" >"$dir/redis.log" 2>&1 &
    pids+=($!)
    await redis-cli -s "$dir/redis.sock" ping && export PROBE_REDIS=unix://$dir/redis.sock
}

start_postgres() {
    (become_postgres "$pg/initdb" -D "$dir/pg" -A trust -U postgres -N) >"$dir/initdb.log" 2>&1 || return
    become_postgres "$pg/postgres" -D "$dir/pg" -k "$dir" -c listen_addresses= -c fsync=off \
        -c track_commit_timestamp=on >"$dir/postgres.log" 2>&1 &
    pids+=($!)
    PROBE_POSTGRES_PID=$!
    await psql -h "$dir" -U postgres -c 'SELECT 1' postgres &&
        export PROBE_POSTGRES_PID PROBE_POSTGRES="postgresql:///postgres?host=$dir&user=postgres"
}

start_mariadb() {
    command -v mariadbd >/dev/null || command -v /usr/sbin/mariadbd >/dev/null || return
    mkdir "$dir/maria"
    ((EUID != 0)) || chown postgres "$dir/maria"
    (become_postgres mariadb-install-db --no-defaults --datadir="$dir/maria" --skip-test-db \
        --auth-root-authentication-method=normal) >"$dir/maria-install.log" 2>&1 || return
    become_postgres /usr/sbin/mariadbd --no-defaults --datadir="$dir/maria" --skip-networking \
        --socket="$dir/maria.sock" --innodb-flush-log-at-trx-commit=0 >"$dir/maria.log" 2>&1 &
    pids+=($!)
    await mariadb --no-defaults -u root -S "$dir/maria.sock" -e 'CREATE DATABASE IF NOT EXISTS test' &&
        export PROBE_MYSQL="mysql://root@localhost/test?socket=$dir/maria.sock" \
            PROBE_MYSQL_SOCKET=$dir/maria.sock
}

chmod 777 "$dir"
start_redis
start_postgres
start_mariadb
for server in redis postgres maria; do
    [[ $server == maria && ! -d $dir/maria ]] || [[ -S $dir/$server.sock || $server == postgres ]] ||
        { echo "# $server did not start:" && tail -n 5 "$dir/$server.log"; }
done
"$program" "$@"
