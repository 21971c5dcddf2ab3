#!/bin/sh
# A process that is hard to get rid of: it ignores what it can, and leaves children behind, one in a session of its
# own whose parent has ended, so that it belongs to whoever adopts orphans.
trap '' INT TERM HUP
sleep 1000 &
(setsid sleep 1001 &)
setsid sh -c 'trap "" INT TERM HUP; sleep 1002 & sleep 1003' &
echo ready
while :; do sleep 1004; done
