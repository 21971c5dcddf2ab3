#!/usr/bin/env bash
# Runs the services that are wrong on purpose, by `rushproof run` and its reports, and compares verdict and
# failed checks with the outcome that each scenario states. `rushproof selftest` does the same from inside the
# program.
#
#   tests/faulty/run.sh [--runs=N] [--short] [FAULT…]
#
# --runs=N  each N times (default 1); --short  one of each kind of check only
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 4
root=$(cd "$here/../.." && pwd) || exit 4
bin=${RUSHPROOF_BIN:-$root/build/dev/bin}
runs=1
short='none race-memory never-produced phantom commits-late last-in-first-out late-row'
faults=()

while (($#)); do
    case $1 in
        --runs=*) runs=${1#*=} ;;
        --runs) runs=${2:?how many}; shift ;;
        --short) read -ra faults <<<"$short" ;;
        -*) echo "usage: run.sh [--runs=N] [--short] [FAULT…]" >&2; exit 3 ;;
        *) faults+=("$1") ;;
    esac
    shift
done
if ((${#faults[@]} == 0)); then
    for path in "$here"/scenarios/*.yaml; do
        name=${path##*/}
        faults+=("${name%.yaml}")
    done
fi

work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT

# The outcome that a scenario states, as jq needs it. One line of YAML in flow style by agreement.
stated() {
    /usr/bin/python3 - "$here/scenarios/$1.yaml" <<'PYTHON'
import json, sys, yaml
outcome = yaml.safe_load(open(sys.argv[1]))["outcome"]
names = lambda key: outcome.get(key) or []
print(json.dumps({"verdict": outcome["verdict"], "checks": names("checks"), "may": names("may")}))
PYTHON
}

# One run; prints "good|bad|again<TAB>failed checks<TAB>spread in us".
try() {
    local name=$1 outcome=$2 result
    "$bin/rushproof" run --quiet --output "$work" "$here/scenarios/$name.yaml" >"$work/log" 2>&1
    result=$work/latest/result.json
    [[ -f $result ]] || { printf 'bad\tno result.json: %s\t-\n' "$(tail -n 1 "$work/log")"; return; }
    jq -r --argjson stated "$outcome" '
        ([.checks[] | select(.verdict != "pass") | .name] | unique) as $got
        | ($stated.checks - $got) as $missed
        | ($got - $stated.checks - $stated.may) as $invented
        | (($got - $stated.checks) | index("burst_simultaneous")) as $busy
        | (if .verdict == $stated.verdict and $missed == [] and $invented == [] then "good"
           elif $busy != null then "again" else "bad" end) as $word
        | [$word, .verdict + ": " + ($got | join(" ")), (.load.spread_us // "-" | tostring)] | @tsv' \
        "$result" || printf 'bad\tunreadable result.json\t-\n'
}

passed=0 failed=0
for name in "${faults[@]}"; do
    outcome=$(stated "$name") || exit 4
    good=0 spreads='' other=''
    for ((i = 0; i < runs; i++)); do
        # A burst that the machine was too busy for says nothing about the service.
        for _ in 1 2 3; do
            IFS=$'\t' read -r word got spread < <(try "$name" "$outcome")
            [[ $word == again ]] || break
        done
        if [[ $word == good ]]; then
            ((good += 1))
        else
            other=$got
        fi
        spreads+="$spread "
        rm -rf "${work:?}/$name"
    done
    # Least and most spread of the runs, beside W: how long a race of the service is open.
    range=$(tr ' ' '\n' <<<"$spreads" | grep -E '^[0-9]' | sort -n | sed -n '1p;$p' | paste -sd - -)
    window=$(sed -n 's/.*--window=\([0-9]*\).*/\1/p' "$here/scenarios/$name.yaml")
    must=$(jq -r '.verdict + ": " + (.checks | join(" "))' <<<"$outcome")
    about="spread ${range:--} us${window:+, W $window us}"
    if ((good == runs)); then
        ((passed += 1))
        echo "ok - $name, $good of $runs are $must; $about"
    else
        ((failed += 1))
        echo "not ok - $name"
        echo "#   $good of $runs are as stated, $must; $about"
        echo "#   otherwise: $other"
    fi
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
