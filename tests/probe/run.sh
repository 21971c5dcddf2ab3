#!/usr/bin/env bash
# run.sh [STORY…]: the probes against servers of its own: Redis, Postgres and MariaDB on unix sockets in a directory
# that is gone afterwards; Kafka is librdkafka's mock cluster inside the program. RUSHPROOF_BIN is the directory
# of the programs. MariaDB and PgBouncer are left out when they are not installed.
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

free_port() {
    /usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

start_redis() {
    local port tls
    port=$(free_port)
    tls=$(free_port)
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
        -keyout "$dir/tls.key" -out "$dir/tls.crt" 2>/dev/null
    redis-server --tls-port "$tls" --tls-cert-file "$dir/tls.crt" --tls-key-file "$dir/tls.key" \
        --tls-ca-cert-file "$dir/tls.crt" --tls-auth-clients no --port "$port" --bind 127.0.0.1 --unixsocket "$dir/redis.sock" --save '' --appendonly no \
        --dir "$dir" >"$dir/redis.log" 2>&1 &
    pids+=($!)
    await redis-cli -s "$dir/redis.sock" ping &&
        export PROBE_REDIS=unix://$dir/redis.sock PROBE_REDIS_PORT=$port PROBE_REDIS_TLS_PORT=$tls PROBE_REDIS_CA=$dir/tls.crt
}

start_postgres() {
    (become_postgres "$pg/initdb" -D "$dir/pg" -A trust -U postgres -N) >"$dir/initdb.log" 2>&1 || return
    become_postgres "$pg/postgres" -D "$dir/pg" -k "$dir" -c listen_addresses= -c fsync=off -c dynamic_shared_memory_type=mmap \
        -c track_commit_timestamp=on >"$dir/postgres.log" 2>&1 &
    pids+=($!)
    PROBE_POSTGRES_PID=$!
    await psql -h "$dir" -U postgres -c 'SELECT 1' postgres &&
        export PROBE_POSTGRES_PID PROBE_POSTGRES="postgresql:///postgres?host=$dir&user=postgres"
}

# One session for everybody, as a pool in transaction mode hands it around.
start_pgbouncer() {
    local bouncer
    bouncer=$(command -v pgbouncer || echo /usr/sbin/pgbouncer)
    [[ -x $bouncer && -n ${PROBE_POSTGRES:-} ]] || return
    cat >"$dir/pgbouncer.ini" <<TEXT
[databases]
postgres = host=$dir user=postgres
[pgbouncer]
listen_port = 6432
unix_socket_dir = $dir
auth_type = any
pool_mode = transaction
default_pool_size = 1
TEXT
    become_postgres "$bouncer" -q "$dir/pgbouncer.ini" >"$dir/pgbouncer.log" 2>&1 &
    pids+=($!)
    await psql -h "$dir" -p 6432 -U postgres -c 'SELECT 1' postgres &&
        export PROBE_POOL="postgresql:///postgres?host=$dir&port=6432&user=postgres"
}

start_mariadb() {
    command -v mariadbd >/dev/null || command -v /usr/sbin/mariadbd >/dev/null || return
    local maria_port
    maria_port=$(free_port)
    mkdir "$dir/maria"
    ((EUID != 0)) || chown postgres "$dir/maria"
    (become_postgres mariadb-install-db --no-defaults --datadir="$dir/maria" --skip-test-db \
        --auth-root-authentication-method=normal) >"$dir/maria-install.log" 2>&1 || return
    become_postgres /usr/sbin/mariadbd --no-defaults --datadir="$dir/maria" \
        --bind-address=127.0.0.1 --port="$maria_port" --socket="$dir/maria.sock" --innodb-flush-log-at-trx-commit=0 >"$dir/maria.log" 2>&1 &
    pids+=($!)
    await mariadb --no-defaults -u root -S "$dir/maria.sock" -e 'CREATE DATABASE IF NOT EXISTS test' &&
        export PROBE_MYSQL="mysql://root@localhost/test?socket=$dir/maria.sock" \
            PROBE_MYSQL_SOCKET=$dir/maria.sock PROBE_MYSQL_PORT=$maria_port
}

# The newest one that rushproof-fetch-kafka has fetched.
start_kafka() {
    local libs port controller
    libs=$(find "${XDG_CACHE_HOME:-$HOME/.cache}/rushproof/kafka" -mindepth 2 -maxdepth 2 -name libs 2>/dev/null |
        sort -V | tail -n 1)
    [[ -n $libs ]] && command -v java >/dev/null || return
    port=$(free_port)
    controller=$(free_port)
    mkdir "$dir/kafka"
    cat >"$dir/kafka/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
log.dirs=$dir/kafka/data
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
TEXT
    java -Xmx128m -cp "$libs/*" kafka.tools.StorageTool format --cluster-id=cnVzaHByb29mLWthZmthMQ \
        --config="$dir/kafka/server.properties" >"$dir/kafka.log" 2>&1 || return
    java -Xmx256m -cp "$libs/*" kafka.Kafka "$dir/kafka/server.properties" >>"$dir/kafka.log" 2>&1 &
    pids+=($!)
    await kcat -L -b "127.0.0.1:$port" && export PROBE_KAFKA=127.0.0.1:$port
}

chmod 777 "$dir"
start_redis
start_postgres
start_pgbouncer
start_mariadb
start_kafka
for server in redis postgres maria; do
    [[ $server == maria && ! -d $dir/maria ]] || [[ -S $dir/$server.sock || $server == postgres ]] ||
        { echo "# $server did not start:" && tail -n 5 "$dir/$server.log"; }
done
"$program" "$@"
