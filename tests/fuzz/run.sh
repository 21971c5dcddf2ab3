#!/usr/bin/env bash
# Fuzzes what reads bytes of others: each target replays its corpus, then looks for new inputs.
#
#     tests/fuzz/run.sh [--seconds=N] [--runs=N] [--strict] [TARGET…]
#
# --seconds: of processor time for each target, 5 without it. --runs: at least so many executions, however long they
# take. --strict: also fails when less than 90 % of a target's lines were reached, or when an edge was new in the last
# fifth of its executions; a target that still finds some goes on until none was, for at most four times its seconds.
#
# A target begins with its seeds and with what earlier calls kept in build/fuzz/work/TARGET. An edge is new when no
# execution of this call had taken it. The lines are those of the seeds, where the target wants it once more with each
# allocation failing in turn, and of all executions of this call.
# Inputs that broke something are in build/fuzz/found; README.md tells what to do with both.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 4
root=$PWD
# shellcheck source=tests/lib/tap.sh
. tests/lib/tap.sh

seconds=5 runs=0 strict=''
targets=()
for argument; do
    case $argument in
        --seconds=*) seconds=${argument#*=} ;;
        --runs=*) runs=${argument#*=} ;;
        --strict) strict=yes ;;
        --help | -h) sed -n '2,/^set/{/^set/d;s/^# \?//p}' "${BASH_SOURCE[0]}"; exit 0 ;;
        -*) echo "run.sh: unknown option $argument" >&2; exit 3 ;;
        *) targets+=("$argument") ;;
    esac
done
if ((!${#targets[@]})); then
    for file in tests/fuzz/fuzz_*.c; do
        file=${file##*/fuzz_}
        targets+=("${file%.c}")
    done
fi

.ci/build fuzz fuzz || exit 4
bin=$root/build/fuzz/bin
work=$root/build/fuzz/work
found=$root/build/fuzz/found
mkdir -p "$work" "$found"
TMPDIR=$(mktemp -d /dev/shm/rushproof-fuzz-XXXXXX) || exit 4
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

# fuzz TARGET WORD…: the program with its profile and its findings in their places.
fuzz() {
    local target=$1 longest
    shift
    read -r longest < <(files "$target" longest)
    LLVM_PROFILE_FILE=$work/$target.%m.profraw "$bin/fuzz_$target" -timeout=20 -rss_limit_mb=4096 \
        -max_len="${longest:-16384}" -artifact_prefix="$found/$target-" "$@" >"$work/$target.log" 2>&1
}

broke() {
    grep -nE 'ERROR: |runtime error|must hold|SUMMARY|Test unit written' "$work/$1.log" | head -n 12
    tail -n 5 "$work/$1.log"
}

replays() {
    local -a seeds=("tests/fuzz/corpus/$1"/*)
    RUSHPROOF_FUZZ_STARVES=yes fuzz "$1" -timeout=300 "${seeds[@]}" || { broke "$1"; return 1; }
}

# What a target names in its comments `KEY: FILE…`, of one line or more, or `longest: BYTES`.
files() {
    awk -v key="/* $2: " 'index($0, key) == 1 {on = 1; sub(/^[^:]*:/, "")}
        on {ends = sub(/ *\*\/$/, ""); sub(/^ \*/, ""); printf "%s ", $0; on = !ends}
        END {print ""}' "tests/fuzz/fuzz_$1.c"
}

# The quoted words of the files that the target names, or else of those that it covers, are its dictionary.
words() {
    local -a files
    local named
    named=$(files "$1" words)
    read -ra files <<<"${named:-$(files "$1" covers)}"
    grep -ohE '"[A-Za-z0-9_./:|= {}-]{2,40}"' "${files[@]}" | sort -u >"$work/$1.dict"
}

# Processor time of all that the shell has started and waited for, in whole seconds: from what `times` printed there, as
# a shell of its own has started nothing.
spent() {
    awk -F'[ms ]' 'NR == 2 {printf "%d", 60 * $1 + $2 + 60 * $4 + $5}' "$work/$1.times"
}

executions() {
    awk '/^stat::number_of_executed_units:/ {sum += $2} END {print sum + 0}' "$work/$1.rounds"
}

# The share of all executions, in percent, after which no edge was new any more: `cov:` is their number.
last_edge() {
    awk '
        /^stat::number_of_executed_units:/ {before += $2}
        /^#[0-9]+.*cov: / {
            at = substr($1, 2) + before
            for (i = 1; i < NF; i++)
                if ($i == "cov:" && $(i + 1) > most) {
                    if ($2 != "INITED")
                        last = at
                    most = $(i + 1)
                }
        }
        END {printf "%d", before ? 100 * last / before + 0.999 : 100}' "$work/$1.rounds"
}

enough() {
    (($2 >= seconds && $(executions "$1") >= runs)) || return 1
    [[ -z $strict ]] || (($2 >= 4 * seconds || $(last_edge "$1") <= 80))
}

# libFuzzer stops at the first of its bounds, and counts time by the clock: rounds, until there was enough of all.
looks() {
    local target=$1 used=0 rest least=$((seconds < 20 ? seconds : 20))
    mkdir -p "$work/$target"
    words "$target"
    : >"$work/$target.rounds"
    echo 0 >"$work/$target.used"
    until enough "$target" "$used"; do
        rest=$((seconds - used))
        fuzz "$target" -max_total_time=$((rest > least ? rest : least)) -dict="$work/$target.dict" \
            -print_final_stats=1 "$work/$target" "tests/fuzz/corpus/$target" || { broke "$target"; return 1; }
        cat "$work/$target.log" >>"$work/$target.rounds"
        times >"$work/$target.times"
        used=$(spent "$target")
        echo "$used" >"$work/$target.used"
    done
}

# Percent of the lines of the files that the target is meant to reach, those of its own runs together.
lines() {
    local target=$1
    local -a files
    read -ra files < <(files "$target" covers)
    llvm-profdata merge -o "$work/$target.profdata" "$work/$target".*.profraw 2>/dev/null &&
        llvm-cov report "$bin/fuzz_$target" -instr-profile="$work/$target.profdata" "${files[@]}" 2>/dev/null |
            awk '$1 == "TOTAL" {sub("%", "", $10); print $10}'
}

reports() {
    local target=$1 reached edge
    reached=$(lines "$target")
    edge=$(last_edge "$target")
    printf '# %-10s %9d executions, %5d s, last new edge at %3d %%%s, %s %% of the lines\n' "$target" \
        "$(executions "$target")" "$(<"$work/$target.used")" "$edge" \
        "$( ((edge > 80)) || echo ' (no new edge in the last fifth)')" "${reached:-?}"
    [[ -z $strict ]] || { ((edge <= 80)) && awk -v reached="${reached:-0}" 'BEGIN {exit reached < 90}'; }
}

for target in "${targets[@]}"; do
    [[ -x $bin/fuzz_$target ]] || { echo "run.sh: there is no target $target" >&2; exit 3; }
    rm -f "$work/$target".*.profraw
    check "$target: the corpus is replayed" replays "$target"
    check "$target: nothing new breaks it" looks "$target"
    reports "$target"
    [[ -z $strict ]] || check "$target: enough of it is reached" reports "$target"
done
tap_end
