#!/usr/bin/env bash
# deploy/ as engines read it: manifests by Kubernetes' own schemas, put together as kubectl does; the batch script by a
# stand-in of srun that starts so many; ranks as Open MPI gives them.
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
    [[ ! -d $kept ]] || validator=$kept
fi
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

# Without --strict a word that no schema knows passes.
validate() {
    PYTHONPATH=$validator /usr/bin/python3 -m kubernetes_validate --strict -k "$1" "$2"
}

if [[ -n $validator ]]; then
    for file in redis agents run; do
        check "deploy/kubernetes/$file.yaml is of Kubernetes 1.25" validate 1.25 "$root/deploy/kubernetes/$file.yaml"
        check "deploy/kubernetes/$file.yaml is of Kubernetes 1.37" validate 1.37 "$root/deploy/kubernetes/$file.yaml"
    done
    sed 's/completionMode/completionModus/' "$root/deploy/kubernetes/agents.yaml" >"$work/wrong.yaml"
    wrong() { ! validate 1.37 "$work/wrong.yaml"; }
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

# What Slurm does of srun: so many, each with its number.
cat >"$work/srun" <<'SRUN'
#!/usr/bin/env bash
while [[ $1 == --* ]]; do shift; done
for ((rank = 0; rank < SLURM_NTASKS; rank++)); do SLURM_PROCID=$rank "$@" & done
wait
SRUN
cat >"$work/hostname" <<'HOST'
#!/usr/bin/env bash
echo 127.0.0.1
HOST
chmod +x "$work/srun" "$work/hostname"

batch() {
    cd "$work" || return 1
    local port
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    PATH=$work:$RUSHPROOF_BIN:$PATH SLURM_NTASKS=3 SLURM_JOB_ID=7 RUSHPROOF_REDIS_PORT=$port TMPDIR=$work \
        timeout 200 "$root/deploy/slurm/rush.sbatch" redis --output="$work/reports" \
        --set 'load.0.burst={requests: 200, require: {spread: 10s, in_flight: -1}}'
}
check "the batch script ends in a verdict" batch

if command -v mpirun >/dev/null; then
    mpi() {
        local out
        out=$(timeout 60 mpirun --allow-run-as-root --oversubscribe -n 2 "$RUSHPROOF_BIN/rushproof" agent \
            --redis redis://127.0.0.1:1 --wait 0s 2>&1)
        [[ $out == *127.0.0.1* ]]
    }
    check "mpirun starts agents" mpi
else
    echo "# skipped: no mpirun"
fi
tap_end
