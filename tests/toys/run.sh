#!/usr/bin/env bash
# The house has seams: a toy store, a toy pipeline and a toy check are one new file and one row each. Every NAME.patch
# here is applied to one copy of the sources; they are built together, and NAME.sh, run with RUSHPROOF_BIN, shows that
# what the patch has added works.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$root/tests/lib/tap.sh"

scratch=$(mktemp -d "${TMPDIR:-/tmp}/rushproof-toys-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# The sources without what is built, also where there is no git (an unpacked archive).
copy_sources() {
    cd "$root" || return
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' path; do
            [[ ! -f $path ]] || printf '%s\0' "$path"
        done
    else
        find . \( -name build -o -name node_modules -o -name target \) -prune -o -type f -print0
    fi | xargs -0 cp --parents -t "$scratch"
}

# One file that is new, and one row in a file that is there.
is_one_file_and_one_row() {
    local patch=$1 added removed path files=0 new=0 rows=0
    while read -r added removed path; do
        ((files += 1))
        if git apply --summary "$patch" | grep -qF " create mode 100644 $path"; then
            ((new += 1))
        elif [[ $added == 1 && $removed == 0 ]]; then
            ((rows += 1))
        fi
    done < <(git apply --numstat "$patch")
    git apply --numstat "$patch"
    ((files == 2 && new == 1 && rows == 1))
}

# What surrounds a row may have changed.
apply() {
    cd "$scratch" && GIT_CEILING_DIRECTORIES=$scratch git apply -C1 "$1"
}

# With ccache, where it is there, only what a patch changes is compiled.
build() {
    local ccache
    ccache=$(command -v ccache)
    export CCACHE_BASEDIR=$scratch CCACHE_NOHASHDIR=1
    cmake -S "$scratch" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O0 \
        -DRUSHPROOF_WERROR=ON ${ccache:+-DCMAKE_C_COMPILER_LAUNCHER="$ccache"} && ninja -C "$scratch/build" programs
}

check "the sources are copied" copy_sources
for patch in "$here"/*.patch; do
    [[ -f $patch ]] || continue
    name=$(basename "$patch" .patch)
    check "$name is one new file and one row" is_one_file_and_one_row "$patch"
    check "$name can be put in" apply "$patch"
done
check "all of it builds" build
export RUSHPROOF_BIN=$scratch/build/bin
for patch in "$here"/*.patch; do
    [[ -f $patch ]] || continue
    name=$(basename "$patch" .patch)
    check "$name works" bash "$here/$name.sh"
done
tap_end
