#!/usr/bin/env bash
# deploy/ as engines read it: manifests by Kubernetes' own schemas, put together as kubectl does; the batch script by
# a Slurm of our own, ranks as Open MPI gives them.
#
#   tests/agents/engines.sh
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
: "${RUSHPROOF_BIN:?the directory of the programs}"
command -v redis-server >/dev/null || { echo "skipped: no redis-server"; exit 77; }
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/lib/tap.sh
source "$root/tests/lib/tap.sh"
kept=${XDG_CACHE_HOME:-$HOME/.cache}/rushproof/kubernetes-validate
validator=
if [[ -n ${RUSHPROOF_PREPARED:-} ]] || "$here/engines-prepare.sh"; then
    [[ ! -d $kept-older ]] || validator=$kept
fi
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

# Without --strict a word that no schema knows passes.
validate() {
    local place=$validator
    [[ $1 != 1.24 ]] || place=$validator-older:$validator
    PYTHONPATH=$place /usr/bin/python3 -m kubernetes_validate --strict -k "$1" "$2"
}

if [[ -n $validator ]]; then
    for file in redis agents run; do
        for version in 1.24 1.37; do
            check "deploy/kubernetes/$file.yaml is of Kubernetes $version" \
                validate "$version" "$root/deploy/kubernetes/$file.yaml"
        done
    done
    sed 's/completionMode/completionModus/' "$root/deploy/kubernetes/agents.yaml" >"$work/wrong.yaml"
    wrong() { ! validate 1.24 "$work/wrong.yaml" && ! validate 1.37 "$work/wrong.yaml"; }
    check "a word that is none is noticed" wrong
else
    echo "# skipped: no kubernetes-validate to look at deploy/kubernetes with"
fi
if command -v kubectl >/dev/null; then
    check "kubectl puts deploy/kubernetes together" kubectl kustomize "$root/deploy/kubernetes"
else
    echo "# skipped: no kubectl"
fi

# One number in three places.
same_number() {
    local agents run
    agents=$(sed -nE 's/^  (completions|parallelism): //p' "$root/deploy/kubernetes/agents.yaml" | sort -u)
    run=$(sed -nE 's/.*--agents, "([0-9]+)".*/\1/p' "$root/deploy/kubernetes/run.yaml")
    [[ $agents == "$run" ]]
}
check "as many agents as the coordinator waits for" same_number

# The whole rush by the batch script; $1: what starts it.
batch() {
    cd "$work" || return 1
    local port
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    PATH=$RUSHPROOF_BIN:$PATH RUSHPROOF_REDIS_HOST=127.0.0.1 RUSHPROOF_REDIS_PORT=$port TMPDIR=$work timeout 200 "$@" "$root/deploy/slurm/rush.sbatch" redis \
        --output="$work/reports" --set 'load.0.burst={requests: 200, require: {spread: 10s, in_flight: -1}}'
}

# Two nodes, four tasks: sbatch gives the allocation, srun starts the agents, each with its number.
slurm() {
    batch "$here/slurm.sh" 2 sbatch --wait --quiet --nodes=2 --ntasks=4 --output="$work/slurm.out" || { cat "$work/slurm.out"; return 1; }
    cat "$work/slurm.out"
    grep -q '4 agents' "$work/slurm.out"
}
if command -v sbatch >/dev/null; then
    check "Slurm runs the batch script: a verdict of four agents on two nodes" slurm
else
    echo "# skipped: no Slurm"
fi

# As a launcher only: it starts them, and tells each its number.
mpi() {
    cd "$work" || return 1
    local port redis agents rc=0
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    redis-server --port "$port" --bind 127.0.0.1 --save '' --dir "$work" >"$work/redis.log" &
    redis=$!
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 200 mpirun --oversubscribe -n 3 \
        "$RUSHPROOF_BIN/rushproof" agent --redis "redis://127.0.0.1:$port" >"$work/mpi.out" 2>&1 &
    agents=$!
    timeout 200 "$RUSHPROOF_BIN/rushproof" run redis --output="$work/reports" --agents 3 --redis "redis://127.0.0.1:$port" \
        --set 'load.0.burst={requests: 200, require: {spread: 10s, in_flight: -1}}' || rc=$?
    wait "$agents" || rc=$?
    kill "$redis"
    wait "$redis"
    cat "$work/mpi.out"
    ((rc == 0)) && [[ $(grep -oE 'rank [0-2] ' "$work/mpi.out" | sort -u | wc -l) == 3 ]]
}
if command -v mpirun >/dev/null; then
    check "Open MPI starts the agents: a verdict of three" mpi
else
    echo "# skipped: no mpirun"
fi
tap_end
