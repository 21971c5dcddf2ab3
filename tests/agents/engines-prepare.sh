#!/usr/bin/env bash
# What engines.sh needs from elsewhere: the schemas of Kubernetes, from PyPI, and PyYAML for them. Kept between runs.
set -uo pipefail
kept=${XDG_CACHE_HOME:-$HOME/.cache}/rushproof/kubernetes-validate
[[ -d $kept ]] && exit 0
mkdir -p "${kept%/*}"
work=$(mktemp -d "${kept%/*}/new.XXXXXX") || exit 4
trap 'rm -rf "$work"' EXIT
if ! /usr/bin/python3 -m pip install --quiet --disable-pip-version-check --target "$work" 'kubernetes-validate==1.37.0' \
    >"$work.log" 2>&1; then
    echo "skipped: kubernetes-validate is not to be had: $(tail -n 1 "$work.log")"
    rm -f "$work.log"
    exit 77
fi
rm -f "$work.log"
mv -T "$work" "$kept" 2>/dev/null || [[ -d $kept ]]
