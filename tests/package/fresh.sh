#!/usr/bin/env bash
# A new user's path: a new Debian 12, this commit cloned into it, `./run` and nothing else. Root only, needs
# debootstrap, a Debian mirror and some minutes; not a stage of ./test. fresh.sh [COMMAND…] tries another command,
# for example ./test
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$root/tests/lib/tap.sh"
# shellcheck source=tests/package/clean_root.sh
. "$root/tests/package/clean_root.sh"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/rushproof-fresh.XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
command=${*:-./run}

timed() {
    local begin=$EPOCHREALTIME rc=0
    "$@" || rc=$?
    awk -v a="$begin" -v b="$EPOCHREALTIME" -v name="$1 ${*:$#}" 'BEGIN {printf "# %.1f s: %s\n", b - a, name}' >&2
    return "$rc"
}

in_root() {
    timed clean_root_enter "$work/root" sh -ec "cd /root/rushproof && $1"
}

left_as_it_was() {
    local path
    for path in usr/sbin/policy-rc.d etc/postgresql-common/createcluster.d/rushproof.conf var/lib/postgresql/15/main \
        etc/systemd/system/multi-user.target.wants/redis-server.service; do
        [[ ! -e $work/root/$path ]] || { echo "/$path is there"; return 1; }
    done
}

check 'a new Debian 12' timed clean_root_make "$work/root"
check 'a clone of this commit' git clone --quiet "$root" "$work/root/root/rushproof"
echo "# $command, everything new"
in_root "$command"
check "$command" test "$?" -eq 0
check 'no service enabled, no cluster made, no policy left' left_as_it_was
echo "# $command, everything there"
in_root "$command"
check "$command again" test "$?" -eq 0
tap_end
