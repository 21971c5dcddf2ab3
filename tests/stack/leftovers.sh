#!/usr/bin/env bash
# Nothing stays behind, however the harness ends: no process, directory, socket or shared memory.
# leftovers.sh DIRECTORY-OF-PROGRAMS [CASE…]
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
programs=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export RUSHPROOF_KAFKA_DIR=${RUSHPROOF_KAFKA_DIR:-${XDG_CACHE_HOME:-${HOME:-}/.cache}/rushproof/kafka}
export XDG_CACHE_HOME=$work/cache # so that it is known when initdb runs
anew=
failed=0

# Every process of a case has this in its environment, whoever its parent is by now.
marked() {
    grep -lsz "^STACK_TEST_MARK=$mark\$" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3
}

# begin NAME [KAFKA [PROCESS]]: a stack in the background, in a process group of its own, as a shell starts a job.
begin() {
    name=$1
    mark=$name-$$-$RANDOM
    [[ -z $anew ]] || rm -rf "$XDG_CACHE_HOME"
    mkdir -p "$work/$name"
    set -m
    STACK_TEST_MARK=$mark "$programs/stack-drive" "$work/$name" "${2:-embedded}" "${3:-$here/stubborn.sh}" \
        >"$work/$name/out" 2>&1 &
    driver=$!
    disown "$driver" # no word about its end from the shell
    set +m
}

await_up() {
    local i
    for ((i = 0; i < 6000; i++)); do
        grep -qs '^up ' "$work/$name/out" && break
        kill -0 "$driver" 2>/dev/null || break
        sleep 0.01
    done
    private=$(sed -n 's|^up unix://\(.*\)/redis/redis.sock|\1|p' "$work/$name/out")
    segment=$(awk 'NR == 7 {print $2}' "$private/postgres/data/postmaster.pid" 2>/dev/null)
}

await_end() {
    while kill -0 "$driver" 2>/dev/null; do
        sleep 0.01
    done
}

pgrep_marked() {
    local pid
    for pid in $(marked); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "${1:0:15}" ]] && echo "$pid"
    done
}

not_ok() {
    printf 'not ok - %s\n#   %s\n' "$name" "${*//$'\n'/$'\n#   '}"
    failed=$((failed + 1))
    bad=yes
}

# settle SECONDS: all must be gone within that time.
settle() {
    local limit=$1 i left
    bad=''
    for ((i = 0; i < limit * 100; i++)); do
        left=$(marked)
        [[ -z $left && (-z $private || ! -e $private) ]] && break
        sleep 0.01
    done
    [[ -z $left ]] || not_ok "processes left: $(for p in $left; do tr '\0' ' ' <"/proc/$p/cmdline"; echo; done)"
    [[ -z $private || ! -e $private ]] || not_ok "the directory $private is left"
    [[ -z $segment ]] || ! ipcs -m -i "$segment" 2>/dev/null | grep -q "shmid=$segment" ||
        not_ok "shared memory segment $segment is left"
    # shellcheck disable=SC2046 # a list of process ids
    [[ -z $left ]] || kill -9 $(marked) 2>/dev/null
    [[ -n $bad ]] || echo "ok - $name ($((i * 10)) ms)"
}

is_up() {
    [[ -n $private && -n $segment ]] && return
    bad=''
    not_ok "it did not come up: $(cat "$work/$name/out")"
    return 1
}

case_end() {
    begin ordinary-end
    await_up
    is_up || return
    kill -INT "$driver"
    await_end
    grep -q '^down' "$work/$name/out" || not_ok "it did not end in order: $(cat "$work/$name/out")"
    settle 1
}

# Ctrl-C goes to the whole foreground group. The servers must still answer when the harness reads its evidence.
case_interrupt() {
    begin ctrl-c
    await_up
    is_up || return
    kill -INT -- "-$driver"
    await_end
    settle 1
    grep -q 'evidence redis=ok postgres=ok kafka=ok' "$work/$name/out" ||
        not_ok "the servers were gone before the evidence: $(cat "$work/$name/out")"
}

case_kill() {
    begin "kill-9-$1" "$1"
    await_up
    is_up || return
    kill -9 "$driver"
    settle 5
}

case_kill_group() {
    begin kill-9-of-the-group
    await_up
    is_up || return
    kill -9 -- "-$driver"
    settle 5
}

case_kill_stopped() {
    begin kill-9-while-servers-are-stopped
    await_up
    is_up || return
    # shellcheck disable=SC2046 # a list of process ids
    kill -STOP $(pgrep_marked redis-server) $(pgrep_marked postgres) $(pgrep_marked sh)
    kill -9 "$driver"
    settle 5
}

# At any instant of the start; a directory is there only later than the name of its run is known. With a prepared
# Postgres, and while it is prepared.
case_kill_starting() {
    anew=${1:-}
    local before after round
    before=$(ls -d /tmp/rushproof-?????????? 2>/dev/null)
    for ((round = 0; round < 10; round++)); do
        begin "kill-9-while-starting$anew-$round"
        private='' segment=''
        sleep "0.$(printf '%02d' $((round * 8 + 1)))"
        kill -9 "$driver" 2>/dev/null || not_ok "it had ended: $(cat "$work/$name/out")"
        settle 5
    done
    after=$(ls -d /tmp/rushproof-?????????? 2>/dev/null)
    name=kill-9-while-starting$anew anew=
    [[ -n $(comm -13 <(echo "$before") <(echo "$after") | orphans) ]] && not_ok 'directories are left'
}

# Of the directories on standard input those that are still there and whose keeper is dead; other runs come and go.
orphans() {
    local dir
    while read -r dir; do
        [[ -e $dir/keeper.lock ]] && flock -n "$dir/keeper.lock" true 2>/dev/null && [[ -e $dir ]] && echo "$dir"
    done
}

# The keeper's own end takes its children along, and the harness notices and does the rest.
case_kill_keeper() {
    begin kill-9-of-the-keeper
    await_up
    is_up || return
    kill -9 "$(pgrep_marked rushproof-keeper)"
    await_end
    grep -q '^ended: ' "$work/$name/out" || not_ok "the harness did not notice: $(cat "$work/$name/out")"
    settle 5
}

# A keeper that somebody has stopped is woken by the harness, at the next start and at the end, …
case_stop_keeper() {
    begin sigstop-to-the-keeper
    await_up
    is_up || return
    kill -STOP "$(pgrep_marked rushproof-keeper)"
    kill -INT "$driver"
    await_end
    settle 5
}

# … while it waits for initdb, …
case_stop_keeper_starting() {
    anew=yes
    begin sigstop-while-starting
    anew=
    local i
    for ((i = 0; i < 3000; i++)); do
        [[ -n $(pgrep_marked initdb) ]] && break
        sleep 0.002
    done
    kill -STOP "$(pgrep_marked rushproof-keeper)"
    await_up
    is_up || return
    kill -INT "$driver"
    await_end
    settle 5
}

# … and by the harness's own end.
case_stop_keeper_and_kill() {
    begin kill-9-while-the-keeper-is-stopped
    await_up
    is_up || return
    kill -STOP "$(pgrep_marked rushproof-keeper)"
    kill -9 "$driver"
    settle 5
}

# Nobody is left to clean up: the next run does, and leaves those of living runs and of others alone.
case_kill_both() {
    begin living-run
    await_up
    is_up || return
    local living=$driver living_mark=$mark living_private=$private
    begin kill-9-of-both
    await_up
    is_up || return
    kill -STOP "$driver"
    # shellcheck disable=SC2046 # a list of process ids
    kill -9 $(pgrep_marked rushproof-keeper) "$driver"
    local dead_mark=$mark dead_private=$private dead_segment=$segment stranger=/tmp/rushproof-strangeraa
    mkdir -p "$stranger/data"
    begin next-run
    await_up
    is_up || return
    [[ -d $living_private ]] || not_ok "the directory of a living run is gone"
    [[ -d $stranger/data ]] || not_ok "a directory without a lock is gone"
    rm -rf "$stranger"
    kill -INT "$driver"
    await_end
    settle 5
    name=kill-9-of-both mark=$dead_mark private=$dead_private segment=$dead_segment
    settle 5
    kill -INT "$living"
    name=living-run mark=$living_mark private=$living_private segment=''
    settle 5
}

# While initdb runs: its servers keep their shared memory in /dev/shm.
case_kill_initdb() {
    local round i before after
    anew=yes
    before=$(ls /dev/shm)
    for ((round = 0; round < 8; round++)); do
        begin "kill-9-in-initdb-$round"
        private='' segment=''
        for ((i = 0; i < 3000; i++)); do
            [[ -n $(pgrep_marked postgres) ]] && break
            sleep 0.002
        done
        sleep "0.$(printf '%03d' $((round * 25)))"
        kill -9 "$driver" 2>/dev/null || not_ok "it had ended: $(cat "$work/$name/out")"
        settle 5
    done
    name=kill-9-in-initdb anew=
    after=$(ls /dev/shm)
    left=$(comm -13 <(echo "$before") <(echo "$after") | grep '^PostgreSQL' | unmapped)
    [[ -z $left ]] || not_ok "left in /dev/shm: $left"
}

# Of the names on standard input those that no process has mapped; others' servers come and go.
unmapped() {
    local segment_name
    while read -r segment_name; do
        [[ -O /dev/shm/$segment_name || $EUID == 0 ]] || continue # somebody else's
        grep -qs "/dev/shm/$segment_name" /proc/[0-9]*/maps || [[ ! -e /dev/shm/$segment_name ]] || echo "$segment_name"
    done
}

case_kill_keeper_politely() {
    begin sigterm-to-the-keeper
    await_up
    is_up || return
    kill -TERM "$(pgrep_marked rushproof-keeper)"
    await_end
    settle 5
}

case_failed_start() {
    printf 'echo no use; exit 9\n' >"$work/fails.sh"
    begin failed-start embedded "$work/fails.sh"
    private='' segment=''
    await_end
    grep -q '^failed 2: worker ended before it was ready: exit code 9' "$work/$name/out" ||
        not_ok "$(cat "$work/$name/out")"
    settle 1
}

[[ $# -lt 2 ]] || { shift; for one; do "case_$one"; done; exit $((failed > 0)); }
case_end
case_interrupt
case_failed_start
case_kill embedded
if compgen -G "$RUSHPROOF_KAFKA_DIR/*/libs" >/dev/null; then
    case_kill apache
fi
case_kill_group
case_kill_stopped
case_kill_keeper
case_kill_keeper_politely
case_stop_keeper
case_stop_keeper_starting
case_stop_keeper_and_kill
case_kill_both
case_kill_initdb
case_kill_starting ''
case_kill_starting -anew
exit $((failed > 0))
