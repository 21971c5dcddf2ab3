#!/usr/bin/env bash
# Fuzzes what reads bytes of others: each target replays its corpus, then looks for new inputs.
#
#     tests/fuzz/run.sh [--seconds=N] [--runs=N] [--strict] [TARGET…]
#
# --seconds: for each target, 5 without it. --runs: at least so many executions, however long they take.
# --strict: also fails when less than 90 % of a target's lines were reached, or an edge was new in the last fifth.
# Inputs that were found to be worth keeping are in build/fuzz/work/TARGET, those that broke something in
# build/fuzz/found; README.md tells what to do with both.
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
trap 'rm -rf /dev/shm/rushproof-fuzz-??????' EXIT
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1

# fuzz TARGET WORD…: the program with its profile and its findings in their places.
fuzz() {
    local target=$1
    shift
    LLVM_PROFILE_FILE=$work/$target.%m.profraw "$bin/fuzz_$target" -timeout=20 -rss_limit_mb=4096 -max_len=16384 \
        -artifact_prefix="$found/$target-" "$@" >"$work/$target.log" 2>&1
}

broke() {
    grep -nE 'ERROR: |runtime error|must hold|SUMMARY|Test unit written' "$work/$1.log" | head -n 12
    tail -n 5 "$work/$1.log"
}

replays() {
    local -a seeds=("tests/fuzz/corpus/$1"/*)
    fuzz "$1" "${seeds[@]}" || { broke "$1"; return 1; }
}

# libFuzzer stops at the first of its bounds, so each that was asked for is a run of its own.
looks() {
    local target=$1
    mkdir -p "$work/$target"
    fuzz "$target" -max_total_time="$seconds" -print_final_stats=1 "$work/$target" "tests/fuzz/corpus/$target" ||
        { broke "$target"; return 1; }
    local ran
    ran=$(executions "$target")
    if ((ran < runs)); then
        cp "$work/$target.log" "$work/$target.first.log"
        fuzz "$target" -runs=$((runs - ran)) -print_final_stats=1 "$work/$target" "tests/fuzz/corpus/$target" ||
            { broke "$target"; return 1; }
        cat "$work/$target.first.log" "$work/$target.log" >"$work/$target.both.log"
        mv "$work/$target.both.log" "$work/$target.log"
    fi
}

executions() {
    awk '/^stat::number_of_executed_units:/ {sum += $2} END {print sum + 0}' "$work/$1.log"
}

# The share of all executions, in percent, after which no edge was new any more: `cov:` is their number.
last_edge() {
    awk -v all="$(executions "$1")" '
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
        END {printf "%d", all ? 100 * last / all : 100}' "$work/$1.log"
}

# Percent of the lines of the files that the target is meant to reach, those of its own runs together.
lines() {
    local target=$1
    local -a files
    read -ra files < <(sed -nE 's#^/\* covers: (.*) \*/$#\1#p' "tests/fuzz/fuzz_$target.c")
    llvm-profdata merge -o "$work/$target.profdata" "$work/$target".*.profraw 2>/dev/null &&
        llvm-cov report "$bin/fuzz_$target" -instr-profile="$work/$target.profdata" "${files[@]}" 2>/dev/null |
            awk '$1 == "TOTAL" {sub("%", "", $10); print $10}'
}

reports() {
    local target=$1 reached edge
    reached=$(lines "$target")
    edge=$(last_edge "$target")
    printf '# %-10s %9d executions, last new edge at %3d %%%s, %s %% of the lines\n' "$target" \
        "$(executions "$target")" "$edge" "$( ((edge > 80)) || echo ' (no new edge in the last fifth)')" "${reached:-?}"
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
