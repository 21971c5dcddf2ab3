#!/usr/bin/env bash
# What run.sh needs from elsewhere: an engine (installed), and in the user's cache a small Debian, the packages that go
# into images, and Kafka's jars with its command-line tools. What is not to be had here is a reason to skip the stage
# (code 77), no failure. Root only. `--where` prints the directory.
set -uo pipefail

PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/rushproof/compose
# shellcheck source=tests/package/clean_root.sh
. "$root/tests/package/clean_root.sh"

skip() {
    echo "skipped: $*"
    exit 77
}

# step WHAT COMMAND…: its time, and its last words when it fails.
step() {
    local what=$1 begin=$EPOCHREALTIME
    shift
    "$@" >"$work/log" 2>&1 || skip "$what: $(grep -v '^ *$' "$work/log" | tail -n 1)"
    awk -v what="$what" -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN {printf "# %6.1f s  %s\n", b - a, what}'
}

# What the Dockerfile installs, and what the stand-ins do.
packages() {
    awk '$1 == "build" || $1 == "package" || $1 == "run" {print $2}' "$root/.ci/packages"
    cat "$here/stand-ins/servers/packages"
}

# A change of these makes another directory.
key() {
    { packages; cat "$here/run-prepare.sh"; dpkg --print-architecture; } | sha256sum | cut -c 1-16
}

# Every package with what it needs, as a repository of its own: images are then made without the network, and the
# same ones until the cache goes.
make_packages() {
    local -a names
    mapfile -t names < <(packages | sort -u)
    clean_root_enter "$work/root" sh -ec 'apt-get -qq update
        apt-get -qq install --yes --no-install-recommends --download-only "$@"' sh "${names[@]}" &&
        mkdir "$work/made/debs" &&
        mv "$work"/root/var/cache/apt/archives/*.deb "$work/made/debs/" &&
        (cd "$work/made/debs" && dpkg-scanpackages --multiversion . 2>/dev/null >Packages)
}

# debian:bookworm-slim: starts no service, takes its packages from the engine's own network (images.py serves them).
make_base() {
    local top=$work/root
    printf '#!/bin/sh\nexit 101\n' >"$top/usr/sbin/policy-rc.d" && chmod 755 "$top/usr/sbin/policy-rc.d" &&
        echo force-unsafe-io >"$top/etc/dpkg/dpkg.cfg.d/images" &&
        echo "deb [trusted=yes] $("$here/images.py" --repository) ./" >"$top/etc/apt/sources.list" &&
        rm -rf "$top"/var/cache/apt/* "$top"/var/lib/apt/lists/* "$top"/etc/apt/apt.conf.d/*proxy* "$top/debootstrap" &&
        tar -C "$top" --one-file-system -czf "$work/made/base.tar.gz" .
}

fetch_kafka() {
    mvn -q -B -C -Dstyle.color=never -f "$here/stand-ins/kafka-pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$work/made/kafka"
}

clean_up() {
    umount --recursive "$work"/root/{proc,sys,dev} 2>/dev/null
    rm -rf --one-file-system "$work"
}

main() {
    if [[ ${1:-} == --where ]]; then
        echo "$cache/$(key)"
        return
    fi
    [[ $(id -u) == 0 ]] || skip "only root can start an engine"
    if [[ ${1:-} != --inside ]]; then
        unshare --net --mount --pid --fork true || skip "this machine allows no namespaces"
        exec unshare --mount "$here/run-prepare.sh" --inside # what debootstrap mounts ends with this
    fi
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/rushproof-compose.XXXXXX")
    trap clean_up EXIT
    trap 'exit 143' TERM INT
    step 'an engine by apt' "$root/.ci/install" engine
    local name
    name=$(key)
    # Those that no tree uses any more go.
    find "$cache" -mindepth 1 -maxdepth 1 -mtime +7 ! -name "$name" -exec rm -rf {} + 2>/dev/null
    [[ ! -d $cache/$name ]] || { touch "$cache/$name"; return; }
    mkdir "$work/made"
    step 'a small Debian by debootstrap' clean_root_make "$work/root" bookworm ''
    step 'packages for the images by apt' make_packages
    step 'the small Debian as a file' make_base
    step "Kafka's jars and tools by Maven" fetch_kafka
    mkdir -p "$cache"
    mv -T "$work/made" "$cache/.$name.$$" && mv -T "$cache/.$name.$$" "$cache/$name" 2>/dev/null
    [[ -d $cache/$name ]] || skip "cannot write $cache"
}

main "$@"
