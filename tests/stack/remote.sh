#!/usr/bin/env bash
# remote.sh PROGRAMS: a store at an address that is not loopback is emptied only with --allow-reset, whichever way the
# address came. In a network of its own, which needs root; elsewhere there is nothing to show.
set -uo pipefail

((EUID == 0)) && [[ -z ${REMOTE_INSIDE:-} ]] && unshare --net true 2>/dev/null && exec env REMOTE_INSIDE=1 unshare --net "$0" "$@"
[[ -n ${REMOTE_INSIDE:-} ]] || { echo "# remote resets: left out, they need a network of their own" && exit 0; }

programs=$1
far=10.77.0.1
dir=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-remote.XXXXXX")
chmod 777 "$dir"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait; rm -rf "$dir"' EXIT

ip link set lo up && ip addr add $far/32 dev lo || exit 1
pg=$(find /usr/lib/postgresql -path '*/bin/initdb' -printf '%h\n' | sort -V | tail -n 1)
as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups)
"${as_postgres[@]}" "$pg/initdb" -D "$dir/pg" -A trust -U postgres -N >"$dir/initdb.log" 2>&1
echo "host all all $far/32 trust" >>"$dir/pg/pg_hba.conf"
"${as_postgres[@]}" "$pg/postgres" -D "$dir/pg" -k "$dir" -c listen_addresses=$far -c fsync=off -c dynamic_shared_memory_type=mmap >"$dir/pg.log" 2>&1 &
pids+=($!)
redis-server --bind $far --port 6379 --protected-mode no --save '' --dir "$dir" >"$dir/redis.log" 2>&1 &
pids+=($!)
sql() { psql -qAt -h $far -U postgres -c "$1"; }
for _ in {1..100}; do
    sql 'SELECT 1' >"$dir/answer" 2>&1 && redis-cli -h $far PING >"$dir/answer" 2>&1 && break
    sleep 0.1
done
sql 'CREATE TABLE coupon (user_id bigint); INSERT INTO coupon VALUES (1)'
redis-cli -h $far SET coupon_count 5 >"$dir/answer"
printf '[far]\nhost=%s\nuser=postgres\n' $far >"$dir/service.conf"
for store in postgres redis; do
    cat >"$dir/$store.yaml" <<TEXT
name: far
limit: 1
stack: {redis: none, kafka: none, postgres: none, $store: "\${STORE}"}
request: {url: "http://127.0.0.1:1/{{user}}"}
responses: {accepted: 200, rejected: 410}
load: {burst: 2}
TEXT
done
printf 'evidence: {coupons: SELECT user_id FROM coupon}\n' >>"$dir/postgres.yaml"
printf 'evidence: {counter: coupon_count}\n' >>"$dir/redis.yaml"
sed -i 's/^stack: {/&reset: {postgres: TRUNCATE coupon}, /' "$dir/postgres.yaml"
sed -i 's/^stack: {/&reset: {redis: [DEL other, DEL coupon_count]}, /' "$dir/redis.yaml"
sed -i 's/postgres: none, postgres:/postgres:/; s/redis: none, kafka: none, postgres: none, redis:/kafka: none, postgres: none, redis:/' "$dir"/*.yaml

# shows NAME STORE LEFT [VARIABLE=VALUE…] : so many rows or counts are left after a run.
shows() {
    local name=$1 store=$2 left=$3 got
    shift 3
    (cd "$dir" && env "$@" "$programs/rushproof" run --quiet "$store.yaml" ${ALLOW:+"$ALLOW"}) >"$dir/out" 2>&1
    [[ $store == redis ]] && got=$(redis-cli -h $far GET coupon_count) || got=$(sql 'SELECT count(*) FROM coupon')
    if [[ ${got:-0} == "$left" ]] && { [[ -n ${ALLOW:-} ]] || grep -q "$far.*--allow-reset" "$dir/out"; }; then
        echo "ok - remote-$name"
    else
        echo "not ok - remote-$name"
        echo "#   '$got' is left, not $left"
        sed 's/^/#   /' "$dir/out"
    fi
}

shows PGHOST postgres 1 STORE='postgresql:///postgres?user=postgres' PGHOST=$far
shows PGHOSTADDR postgres 1 STORE='postgresql:///postgres?user=postgres' PGHOST=localhost PGHOSTADDR=$far
shows escaped-host postgres 1 STORE="postgresql:///postgres?user=postgres&%68ost=$far"
shows hostaddr postgres 1 STORE="postgresql://localhost/postgres?user=postgres&hostaddr=$far"
shows service-file postgres 1 STORE='postgresql:///postgres?service=far' PGSERVICEFILE="$dir/service.conf"
shows redis redis 5 STORE=redis://$far
ALLOW=--allow-reset shows allowed postgres 0 STORE='postgresql:///postgres?user=postgres' PGHOST=$far
ALLOW=--allow-reset shows allowed-redis redis 0 STORE=redis://$far
