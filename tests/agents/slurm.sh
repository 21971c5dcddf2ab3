#!/usr/bin/env bash
# A Slurm of our own for one command: its own munge, controller and nodes, as whoever calls, all of it gone afterwards.
#
#   tests/agents/slurm.sh NODES COMMAND…
#
# Each node is a slurmd -N of its own, with four processors, whatever this machine has.
set -uo pipefail

nodes=${1:?how many nodes}
shift
PATH=$PATH:/usr/sbin:/sbin
for program in munged slurmctld slurmd sbatch; do
    command -v "$program" >/dev/null || { echo "skipped: no $program"; exit 77; }
done
work=$(mktemp -d) || exit 4
chmod 755 "$work"
started=()

# A step tells the controller that it has ended, and stays until that was heard.
finish() {
    local pid
    for ((i = 0; i < 150; i++)); do
        [[ -z $(squeue --noheader 2>/dev/null)$(steps) ]] && break
        sleep 0.1
    done
    # shellcheck disable=SC2046 # numbers
    kill -KILL $(steps) 2>/dev/null
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null
    done
    for ((i = 0; i < 100; i++)); do
        [[ -z $(jobs -pr) ]] && break
        sleep 0.1
    done
    for pid in $(jobs -pr); do
        kill -KILL "$pid" 2>/dev/null
    done
    wait
    rm -rf "$work"
}

# The processes of steps: children of our slurmd.
steps() {
    local pid
    for pid in "${started[@]}"; do
        ps --no-headers -o pid,comm --ppid "$pid" | awk '/slurmstepd/ {print $1}'
    done
}
trap finish EXIT

free_ports() {
    /usr/bin/python3 -c '
import socket, sys
holders = [socket.socket() for _ in range(int(sys.argv[1]))]
for holder in holders:
    holder.bind(("127.0.0.1", 0))
print(*(holder.getsockname()[1] for holder in holders))' "$1"
}

mkdir -m 700 "$work/munge"
dd if=/dev/urandom of="$work/munge/key" bs=128 count=1 status=none
chmod 600 "$work/munge/key"
munged --foreground --force --key-file="$work/munge/key" --socket="$work/munge.sock" --pid-file="$work/munge/pid" \
    --seed-file="$work/munge/seed" --log-file="$work/munge/log" >"$work/munged.log" 2>&1 &
started+=($!)
for ((i = 0; i < 300; i++)); do
    [[ -S $work/munge.sock ]] && break
    sleep 0.1
done

read -r -a ports <<<"$(free_ports $((nodes + 1)))"
mkdir -p "$work/state" "$work/spool"
me=$(id -un)
{
    cat <<CONF
ClusterName=rushproof
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=${ports[0]}
SlurmUser=$me
SlurmdUser=$me
AuthType=auth/munge
AuthInfo=socket=$work/munge.sock
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd-%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=batch_sched_delay=0,sched_interval=1
MpiDefault=none
CONF
    for ((i = 1; i <= nodes; i++)); do
        echo "NodeName=node$i NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 Port=${ports[$i]} CPUs=4 State=UNKNOWN"
    done
    echo "PartitionName=rush Nodes=ALL Default=YES MaxTime=INFINITE State=UP OverSubscribe=YES"
} >"$work/slurm.conf"
export SLURM_CONF=$work/slurm.conf

slurmctld -D -f "$work/slurm.conf" >"$work/slurmctld.log" 2>&1 &
started+=($!)
for ((i = 1; i <= nodes; i++)); do
    mkdir -p "$work/spool/node$i"
    slurmd -D -N "node$i" -f "$work/slurm.conf" >"$work/slurmd-$i.log" 2>&1 &
    started+=($!)
done
ready() {
    [[ $(sinfo --noheader --format='%T %D' 2>/dev/null) == "idle $nodes" ]]
}
for ((i = 0; i < 600; i++)); do
    ready && break
    sleep 0.1
done
if ! ready; then
    echo "Slurm is not up:"
    sinfo
    tail -n 20 "$work"/*.log
    exit 4
fi
"$@"
