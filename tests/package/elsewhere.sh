#!/usr/bin/env bash
# elsewhere.sh [trixie-gcc|trixie-clang|bookworm-clang|bookworm-arm64]…: this commit built with warnings as errors, and
# its unit tests and command lines run, on other systems than CI's: Debian 13 with GCC 14 and with Clang, Debian 12 with
# Clang, and cross for arm64 (whose unit tests run where qemu-user is installed). On Debian 13 an ordinary user also
# fires whole runs. Root only, needs debootstrap, a Debian mirror and many minutes; not a stage of ./test.
#
# What debootstrap and apt made is kept in the user's cache, rushproof/roots/SUITE[-arm64].tar, until the lists of packages
# change; remove it to have it new.
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$root/tests/lib/tap.sh"
# shellcheck source=tests/package/clean_root.sh
. "$root/tests/package/clean_root.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/rushproof/roots
work=$(mktemp -d "${TMPDIR:-/var/tmp}/rushproof-elsewhere.XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
test_packages='libcriterion-dev clang python3 python3-yaml procps'

in_root() {
    clean_root_enter "$work/root" "$@"
}

# kept NAME SUITE COMMAND: the system with what COMMAND installs, into the cache.
kept() {
    local name=$1 suite=$2 fresh=$work/fresh
    clean_root_make "$fresh" "$suite" || return
    printf '#!/bin/sh\nexit 101\n' >"$fresh/usr/sbin/policy-rc.d"
    chmod 755 "$fresh/usr/sbin/policy-rc.d"
    mkdir -p "$fresh/src/.ci"
    cp "$root/.ci/install" "$root/.ci/packages" "$fresh/src/.ci/"
    clean_root_enter "$fresh" sh -ec "apt-get -qq update; export DEBIAN_FRONTEND=noninteractive
        install='apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends'; $3" || return
    mkdir -p "$cache"
    tar -C "$fresh" -cf "$cache/$name.new" . && mv "$cache/$name.new" "$cache/$name.tar"
    rm -rf "$fresh"
}

native="/src/.ci/install build run package; \$install $test_packages"
# Criterion of that architecture as well; what the build starts itself is the machine's own.
cross="dpkg --add-architecture arm64; apt-get -qq update
    \$install crossbuild-essential-arm64 cmake ninja-build pkg-config file libjs-chart.js
    \$install \$(awk '\$1 == \"build\" && \$2 ~ /^lib.*-dev\$/ {print \$2 \":arm64\"}' /src/.ci/packages) libcriterion-dev:arm64
    \$install qemu-user"

# begin NAME SUITE COMMAND: that system with this commit in /src, new.
begin() {
    local packages
    packages=$(cat "$root/.ci/packages" - <<<"$3" | sha256sum)
    [[ -f $cache/$1.tar && $(cat "$cache/$1.packages") == "$packages" ]] || kept "$@" || return
    echo "$packages" >"$cache/$1.packages"
    rm -rf "$work/root"
    mkdir "$work/root"
    tar -C "$work/root" -xf "$cache/$1.tar" || return
    rm -rf "$work/root/src"
    mkdir "$work/root/src"
    git -C "$root" archive HEAD | tar -C "$work/root/src" -x
}

# tried NAME WORD…: what a native system shows, built with that CC.
tried() {
    local name=$1 script
    shift
    check "$name: built, warnings are errors" in_root env "$@" sh -ec 'cd /src && .ci/build dev'
    for script in unit cli; do
        check "$name: $script" in_root env RUSHPROOF_BIN=/src/build/dev/bin /src/tests/$script/run.sh
    done
}

# qemu-aarch64 starts what CTest starts.
arm64() {
    check 'arm64: built, warnings are errors' in_root sh -ec 'cd /src && cmake --preset dev \
        -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc \
        -DPKG_CONFIG_EXECUTABLE=/usr/bin/aarch64-linux-gnu-pkg-config \
        -DCMAKE_CROSSCOMPILING_EMULATOR=/usr/bin/qemu-aarch64 && ninja -C build/dev'
    check 'arm64: an emulated rushproof lists its scenarios' in_root sh -ec \
        'file /src/build/dev/bin/rushproof | grep aarch64 && RUSHPROOF_SCENARIOS=/src/scenarios qemu-aarch64 /src/build/dev/bin/rushproof list | grep "^kafka "'
    check 'arm64: an emulated rushproof judges planted histories' in_root sh -ec \
        'qemu-aarch64 /src/build/dev/bin/rushproof selftest --planted --rounds=20 | tail -n 1 | grep " 0 failed"'
}

((EUID == 0)) || { echo "elsewhere.sh: only root can" >&2; exit 4; }
for place in "${@:-trixie-gcc}"; do
    echo "# $place"
    case $place in
        trixie-gcc | trixie-clang) check "$place: a Debian 13" begin trixie trixie "$native" ;;
        bookworm-clang) check "$place: a Debian 12" begin bookworm bookworm "$native" ;;
        bookworm-arm64) check "$place: a Debian 12 for cross builds" begin bookworm-arm64 bookworm "$cross" ;;
        *) echo "elsewhere.sh: there is no place $place" >&2; exit 3 ;;
    esac
    case $place in
        *-gcc) tried "$place" CC=gcc ;;
        *-clang) tried "$place" CC=clang ;;
        *-arm64) arm64 ;;
    esac
    [[ $place != trixie-gcc ]] || check "$place: whole runs of an ordinary user" in_root env \
        RUSHPROOF_BIN=/src/build/dev/bin /usr/bin/python3 /src/tests/lib/as.py user /src/tests/e2e/run.sh --short
done
tap_end
