#!/bin/sh
# Carries what waits in the outbox to another table, forty messages a second at most, in one transaction.
#
# STUMBLE in the environment: so many seconds longer before the first. relay.sh right: all of it. relay.sh loses: one in ten is marked as sent and goes nowhere.
case $1 in
    right) some=true ;;
    loses) some='id % 10 <> 0' ;;
esac
while sleep 1 && sleep "${STUMBLE:-0}"; do
    STUMBLE=0
    psql -q -v ON_ERROR_STOP=1 "$DATABASE_URL" <<SQL || exit 1
WITH taken AS (SELECT id, message FROM outbox WHERE NOT sent ORDER BY id LIMIT 40),
     marked AS (UPDATE outbox SET sent = true WHERE id IN (SELECT id FROM taken))
INSERT INTO delivered (user_id) SELECT (message::json #>> '{owner,id}')::bigint FROM taken WHERE $some;
SQL
done
