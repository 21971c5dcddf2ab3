# shellcheck shell=bash
# A new Debian in a directory, by debootstrap. Root only. The mirror is the one of this machine's apt.

clean_root_mirror() {
    apt-cache policy 2>/dev/null | grep -oE 'https?://[^ ]+/debian ' | head -n 1 | tr -d ' ' | grep .
}

# clean_root_make DIR [SUITE [PACKAGE]]: the system, Debian 12 without a suite, able to resolve names and to install; the
# smallest set of packages and systemd, which a new machine has, or what else is named.
clean_root_make() {
    local dir=$1 suite=${2:-bookworm} with=${3-systemd}
    debootstrap --variant=minbase ${with:+"--include=$with"} "$suite" "$dir" "$(clean_root_mirror)" || return
    cp /etc/resolv.conf "$dir/etc/resolv.conf"
    cp /etc/apt/apt.conf.d/*proxy* "$dir/etc/apt/apt.conf.d/" 2>/dev/null || true
    # Authorities of this machine's own network, when it has any: package clients in the root must trust them too.
    mkdir -p "$dir/usr/local/share/ca-certificates"
    cp /usr/local/share/ca-certificates/*.crt "$dir/usr/local/share/ca-certificates/" 2>/dev/null || true
}

# clean_root_enter DIR COMMAND…: in the root, with /proc and /dev of its own mounts, which end with the command.
clean_root_enter() {
    local dir=$1
    shift
    # shellcheck disable=SC2016 # expanded inside
    unshare --mount --pid --fork --kill-child sh -ec '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        shift_root=$1
        shift
        exec chroot "$shift_root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"
    ' sh "$dir" "$@"
}

clean_root_installs() {
    local deb=$1 dir=$2
    clean_root_make "$dir" || return
    cp "$deb" "$dir/rushproof.deb"
    printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
    chmod 755 "$dir/usr/sbin/policy-rc.d"
    # shellcheck disable=SC2016 # expanded inside
    clean_root_enter "$dir" sh -ec '
        apt-get -qq update
        DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes /rushproof.deb >/dev/null
        useradd --create-home visitor
        cd /home/visitor
        su visitor -c "rushproof --version && rushproof list && rushproof run quick"
        grep -q "\"verdict\": *\"pass\"" reports/latest/result.json'
}
