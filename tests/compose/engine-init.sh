#!/bin/sh
# The first process of an engine's namespaces: engine-init.sh DIRECTORY CGROUP. What it starts is in DIRECTORY; /run,
# where containerd has its sockets whatever it is told, is a file system of its own.
set -eu

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
echo '{}' >"$1/daemon.json"
# Settings and credentials of the user's own engine are none of this one.
exec env -i PATH="$PATH" HOME="$1" dockerd --config-file="$1/daemon.json" --data-root="$1/data" \
    --exec-root="$1/exec" --pidfile="$1/dockerd.pid" --host="unix://$1/docker.sock" --storage-driver=overlay2 \
    --exec-opt=native.cgroupdriver=cgroupfs --cgroup-parent="$2" --shutdown-timeout=3
